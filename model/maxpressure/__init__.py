"""Who breaks off which tie with an isolated state, when and why: an agent-based model of the 2017 wave.

Importing the package loads none of the heavy libraries it computes with, so that the command line answers
at once.
"""

__version__ = "0.1.0"
