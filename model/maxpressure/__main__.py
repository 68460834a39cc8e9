"""``python -m maxpressure`` is the command ``maxpressure``."""

from maxpressure.cli import app

app(prog_name="maxpressure")
