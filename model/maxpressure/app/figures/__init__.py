"""The figures of the page as plain values, without web, queue or cache: what can be asked, and what follows from it.

It may import every room below `app`, and nothing of the page that serves it; `maxpressure.app.numbers` hands it out. In
reading order:

- `levers`: what a visitor can ask for: levers, settings, links; `at_rest`: where a lever stands that is not moved;
  `shelf`: the scenarios by name, those of the course too
- `basis`: case, draws and seed; `dated`: inputs in words; `glossary`: the words that page and manual explain; `game`:
  roles and bids of the negotiation game; `book`: all that does not depend on a question
- of many worlds `outcomes`, `lots`, `observed`, `worlds`, `pairs`, `why`, `tables`
- of one world `one`, `strain`; of what if `twins`
- `scores`, `rivals`: guesses scored, and forecasts beside them; `referee`: what followed from the bids of a game
"""
