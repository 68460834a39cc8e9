"""Results shown: figures, maps, tables, the terminal's summary, comparison pages, the HTML and PDF report.

It may import `results` and what stands below it.
"""
