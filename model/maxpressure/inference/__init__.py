"""The rule fitted to the record, checked, and scored on later events.

It needs the extra `calibrate`. It may import `report` and what stands below it, but not `explanations`. The files
in a reader's order: `likelihood` is the exact probability of a history, which `moves` turns into rows and counts;
`posterior` adds the priors and finds the mode; `sampling` draws by Markov chains; `calibrate` makes the posterior
that ships; `forecast` gives one-step-ahead probabilities and scores them, `rivals` are simpler forecasts of the
same weeks; `validate` scores all of them on a later table of events, and `validation` is its result; `person_weeks`
is the risk table for event-history programs, `to_arviz` the posterior as ArviZ takes it. `checks` holds the checks
of the calibration.

Other rooms use

- `calibrate.calibrate`, `calibrate.Plan`: fit the record and write `map.toml` and `posterior.parquet`
- `validate.validate`: score parameters on a table of events
- `person_weeks.person_weeks`, `checks.ratios.hazard_ratios`: the risk table, and hazard ratios with intervals
- `to_arviz.inference_data`: posterior, prior, log likelihood and observed data (the extra `bayes`)
- `checks.report.make`, `checks.report.SECTIONS`: make the checks and write their page
"""
