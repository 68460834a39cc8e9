"""Evidence, assumptions and parameters: read from a case's folder, checked, typed and frozen.

It may import `base`. It hands out:

- `evidence.load_evidence`, `evidence.Evidence`: the tables, checked against each other; `schema`: their columns
- `events.load_events`, `events.Events`: the events of the strict and the broad record; `coding`: how far coders agree
- `customs.ratio_of`, `customs.span_of`: what was counted of trade, as a ratio to 2016, and over which days
- `record.starting_levels`, `record.code_record`: the coded levels, acts and rises
- `assumptions.load_assumptions`, `assumptions.Assumptions`: what is assumed, each number with its reason
- `parameters.Parameters`, `parameters.load_parameters`: one set of parameters of the rule
- `priors.load_priors`, `posterior.choose`, `posterior.load_posterior`: priors and posterior draws
- `words.PARAMETER_WORDS`: the meaning and the unit of each parameter
- `tiles.stored_tiles`, `tiles.rectangle_of_tiles`: the layout of the tile map
"""
