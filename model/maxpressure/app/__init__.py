"""The classroom page: the model in a browser, for a class of visitors at once, on one machine.

It may import every room but the command line; it hands out `server.address` and `server.serve`. In reading order:

- `numbers`: the door to all figures, as plain values for page, notebooks and export; what stands behind it, and knows
  nothing of the web, is the room `figures`
- `guide`: the exercises as steps, from a file each in `exercises`
- `questions`: what an address asks, checked, as work with a key; `stock`, `turns`, `answers`, `ahead`: what questions
  share, whose turn it is, the answers that are kept, and those that are computed before; `office` holds all of it
- `desk`: what a class hands in to its teacher, in memory alone; `desk_routes`, `classroom`: the desk as it is served
- `api`, `assets`: questions and files over HTTP; `guard`: what is refused before; `server`: how all is served
- `saved`, `client`, `export`: what a saved page can be asked, its files, and the folder that it is saved into
- `static`: the browser's side
"""
