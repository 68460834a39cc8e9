"""Evidence, assumptions and parameters.

The coded record and the tables about states (`evidence`, `record`, `schema`), what is assumed with its reason
(`assumptions`), and the parameters with their priors and posterior draws. It may import `base`.
"""
