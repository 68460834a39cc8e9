"""A result folder opened.

Tables read lazily, queries, statistics by world and week, paired comparisons, merging. It may import `experiments`
and what stands below it.
"""
