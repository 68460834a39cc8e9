"""An experiment run into a folder.

What is to be run is planned and checked, its chunks of worlds run on several workers, and the rows are written as
tables beside a manifest that states what was run. The room may import `engine` and what stands below it; pictures
and queries belong to the rooms above.

- `experiment.plan`, `experiment.read_experiment`: an :class:`experiment.Experiment`, from arguments or from a file
- `batch.run_batch`: an experiment run into a folder that can be interrupted, resumed and enlarged
- `executors.spread`, `executors.bar`: chunks run on several workers, with a progress bar
- `schema.TABLES`, `schema.MEANINGS`: the columns of the result tables and what each means
- `manifest.Manifest`: what was run, on which evidence, with which programs
- `finished.receipts`, `parts.check_part`: what a batch has finished, and its tables' files checked as they are read
- `seal.sealed`: small JSON files that hold the SHA-256 of their own text
- `folder.OutputFolder`: a folder that holds one result, reused, refused or replaced as a whole
- `lock.alone`: one process at a time in a folder
- `swap.new_contents`, `swap.new_file`: files that come into place whole or not at all
- `store.open_store`: the files of a batch, on this machine or in an object store
"""
