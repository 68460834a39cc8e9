"""Why a state acted, and what would have happened otherwise.

The room simulates worlds of a result folder again: with mechanisms switched off, with one act deleted, and as
counterfactual twins of the record. It may import everything below it, from `report` down to `base`, but not
`inference`, and is used by `sweep`, `app`, `cli` and the package's contents page.

- `explain.explain`: a scenario beside the baseline, or one state
- `overview.overview_of`: a scenario beside the baseline, state by state and cause by cause
- `explanation.explanation_of`: one state (its probability of acting, attribution, switched-off mechanisms, twins)
- `story.story`: one world as a dated list
- `cascades.cascade`: exposures and cascade sizes in one world
- `twin_run.twin`: twins of the record under a scenario
- `twins.Twins`: simulates twins; `twins.COUPLINGS`, how random numbers carry over to other weeks
- `twin_tables.act_table`, `total_table`, `sentence`: what twins show
- `attribution.in_words`: an attribution as a sentence
- `rerun.conditions`: the conditions under which the worlds of a folder can be simulated again
"""
