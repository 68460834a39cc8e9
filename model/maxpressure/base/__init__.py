"""What every room stands on; it imports nothing from the package.

It hands out:

- `errors.InputError`: bad input refused by file, key, given value and what is allowed; `errors.nearest` suggests a word
- `refusal.refusal`: pydantic's complaint as an InputError
- `ranges`: what a number or a day in a file may be, as annotated types with the reason for each range
- `tables.read_table`, `tables.read_numbers`: CSV in; `toml.read_toml`, `toml.toml_text`: TOML in and out
- `text`: numbers, lists, lines and tables as text
- `cautions`: the sentences that must stand beside a result
- `shown.Shown`: how a result is shown and saved
- `hooks.Hook`: what an object hands out although a higher room makes it
- `numerics`: exp, log and memories with the same bits on every machine; the types `Floats` and `Ints`
- `rng`: keyed random numbers
- `paths`: the folders that ship, the version, the digest of the code
- `ties.TIES`: the six kinds of tie and the levels
"""
