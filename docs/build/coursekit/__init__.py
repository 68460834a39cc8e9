"""The parts of the course kit, which `docs/build/kit.py` puts together from the Markdown and TOML of the course.

- `figures`: figures of the solutions by name, so that slides and key never differ from what was measured
- `exercises`: the parts of an exercise's page, for its sheet
- `wave`: the picture of a slide
- `paper`: Markdown as sheets, slides and documents, in HTML and PDF
- `quiz`: the quiz with its key, on paper and as packages for learning platforms
"""
