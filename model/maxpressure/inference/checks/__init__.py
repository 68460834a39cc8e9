"""The checks of the calibration: each computes a table, draws a picture, and has a section on the page of the study.

A new check is a function in one of these files and an entry in `report.SECTIONS`. The checks by the name under
which `maxpressure validate --check NAME` makes them, and the file of each:

- `record`: both records counted, agreement of coders, answers to requests (`evidence.counts`)
- `posterior`: what the record narrows (`report`)
- `hazard-ratios`: what each coefficient does to the hazard (`ratios`)
- `prior-predictive`, `sequence`: worlds drawn from the priors; the record among worlds of its posterior
  (`predictive`, with the statistics of a sequence in `statistics`)
- `forward`, `held-out`: weeks after a day; states and regions left out of the fit (`holdout`)
- `variants`: terms left out, other codings and priors (`variants`)
- `inclusion`: which of five options belong in the rule (`options`)
- `rules`: rules compared by the protocol by which one is chosen (`protocol`)
- `placebos`: exposures that cannot cause anything; peers with all that is common to a week absorbed (`contagion`)
- `recovery`, `power`: known parameters found again; how often contagion would be found (`recovery`)
- `trade`: trade of the replayed record beside customs figures (`trade`)
- `sbc`, `sbc-sampled`: simulation-based calibration, and the loop over simulated records (`sbc`)
"""
