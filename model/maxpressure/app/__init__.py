"""The classroom page: three views of the model in a browser, for several visitors at once, on one machine.

It may import every room but the command line; it hands out `server.address` and `server.serve`. In reading order:

- `levers`: what a visitor can ask for: levers, settings, links
- `numbers`: the door to all figures, as plain values for page, notebooks and export; what stands behind it:
  `basis` (case, draws, seed), `outcomes`, `lots` (worlds of a setting), `worlds`, `pairs`, `book`
- `many_worlds`, `one_world`, `what_if`: the three views without their frames
- `guess`: a guess of the wave and its score
- `game`: the negotiation game: roles, bids, and the setting that they come to
- `glossary`: the words that the page and the manual explain
- `outputs`: the picture, its description, and the archive of tables
- `session`: how visitors share the machine: queues of work and a cache of worlds
- `guard`, `server`: what is refused, and how the page is served
- `page_many`, `pages`: the frames, which hold no rule of their own; each `.vue` file is the browser's side of one
"""
