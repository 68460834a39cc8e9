"""Why a state acted, and what would have happened otherwise.

Runs repeated with a mechanism switched off or an act deleted, attributions, cascades, stories, and counterfactual
twins. It may import `report` and what stands below it.
"""
