"""What every room stands on.

Errors, paths and the version, keyed random numbers, deterministic exp and log, TOML and CSV tables in and out, and
the text of numbers, lists and tables. It imports nothing from the package.
"""
