"""The classroom page: three views of the model for a browser, several visitors at once, on one machine.

Read in this order: `levers` and `setting` (what a visitor can ask), `many_worlds`, `one_world`, `what_if` (what
comes of it), `guess` (a guess and its score), `words`, `pictures` and `downloads` (how it is shown), `waiting_line`
and `room` (how visitors share the machine), `guard` and `server` (who is let in), and last the pages, which hold
no rule of their own, so that another frame could take their place.
"""
