"""``python -m maxpressure`` is the command ``maxpressure``."""

from maxpressure.cli.main import app

app(prog_name="maxpressure")
