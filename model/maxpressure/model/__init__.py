"""The Mesa model and its rule.

It may import `scenario`, `evidence` and `base`. A reader's order: `rules` and `economy` hold the science as pure
functions; `inputs`, `timeline` and `population` lay a scenario out as arrays; `agents`, `trade`, `recorder`, `history`
and `world` are the model. It hands out:

- `case.load_case`, `case.Case`, `case.prepare`, `case.Situation`: the inputs of a world
- `twin_situations.twin_situations`: the record and a scenario laid out together for twins
- `world.World`: one simulated history (in a notebook: `world_sheet`); `agents.State`: a state that decides
- `history.History`, `history.recorded_history`: events to be replayed
- `recorder`: the rows that a world leaves; `rules.GROUPS`: what an act is attributed to
- `library`: themes, edits and templates of scenarios; `new_case.new_case`: the files of a case that is begun
"""
