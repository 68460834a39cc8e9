"""A result folder opened.

Its tables are read lazily, checked against the digests that were written, queried, summarised by world, state and
week, compared in pairs of worlds, and merged. The room may import `experiments` and what stands below it; words and
pictures for a reader belong to `report`.

- `results.load`, `results.Results`: a folder opened; `two_folders.compare`: two folders compared
- `folder_tables.FolderTables`: what results read from their folder: tables, columns and SQL
- `merge.merge`: several batch folders put together as one
- `export.export`: tables as CSV, Excel, Stata, Parquet or JSON; `meanings`: what their columns mean
- `bands.weekly_bands`: weekly means and quantiles from tallies
- `own`: a number for each world, from a column, a function or a series
- `weekly`, `states`: tables by week and by state, from which pictures are drawn
- `statistics`: means with their Monte Carlo errors, and the key outcomes
- `query.answer`: SQL over the tables, within limits of time and memory
- `to_xarray.dataset`: tables as arrays with dimensions and units (the extra `bayes`)
- `quantiles.quantiles`: the one rule for quantiles
"""
