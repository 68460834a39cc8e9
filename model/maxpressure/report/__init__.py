"""Results shown: the terminal's summary, comparisons, pictures with their tables, the report in HTML and PDF.

This room may import `results` and what stands below it. Pictures are drawn on the axes they are given, so that
`explanations`, `sweep`, `inference` and the page draw with the same colours and dates. What other rooms use:

- `summary.summary`: what a run shows at its end; `summary.table_lines`: its lines for a single world
- `comparison.comparison`: scenarios compared with a baseline, as text, page and picture; `comparison.sentences`
- `plots.save_pictures`, `plots.with_case`: the pictures of a result folder, each with its numbers
- `plot_wave.save_wave`: wave.png of a run; `plot_wave.marks_of`: the inputs that a picture marks
- `plot_style`: colours, sizes of letters, axes of dates, lines and bands; `strips`: marks and dated words
- `plotting.Plots`: pictures drawn from Python on the caller's axes; `result_plots.ResultPlots`: those of results
- `html.save_report`: the report (`report.html.j2`, filled; `first_page` is its summary)
- `pdf.NoPdfError`: nothing on this machine makes a PDF

`differences` holds the numbers of a comparison as text and forest; `plot_acts`, `plot_weeks`, `plot_states` and `maps`
hold the pictures by what they show; `picture` is what they all are.
"""
