"""The command line: one file for each group of commands. It may import every other room."""
