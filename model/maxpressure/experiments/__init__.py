"""An experiment run into a folder.

The plan, the executors that run its chunks, the manifest, the tables and their store, and the batch that ties them
together. It may import `engine` and what stands below it.
"""
