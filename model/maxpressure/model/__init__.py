"""The Mesa model and its rule.

Inputs become a population and a case; `rules` and `economy` hold the science as pure functions; `agents`, `world`,
`trade` and `recorder` are the model that calls them, state by state and week by week. It may import `scenario`,
`evidence` and `base`.
"""
