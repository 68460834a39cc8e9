"""Do every exercise of docs/teaching as a student would, and write the results into docs/course/solutions.md.

    make course                  continues with the files in outputs/course; about ten minutes on two idle cores
    make course ARGS=--fresh     starts again

The commands are those on the pages of the exercises, in their order, run from the top folder of the checkout. The
edits that a student makes by hand, in a copy of the tables or the priors, are made here.
"""

from __future__ import annotations

import argparse
import csv
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

import course_page
from maxpressure.base.text import markdown
from maxpressure.evidence.counts import count_evidence
from maxpressure.evidence.posterior import read_draws
from maxpressure.evidence.priors import load_priors
from maxpressure.evidence.schema import RecordName
from maxpressure.model.case import load_case
from maxpressure.results.results import load

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ROOT / "docs" / "teaching"
SOLUTIONS: Final = ROOT / "docs" / "course" / "solutions.md"
OUT: Final = ROOT / "outputs" / "course"
NOTEBOOKS: Final = ("course_guess_the_wave", "course_beat_the_benchmark")
REFUSED: Final = "seed-7 outputs/course/seed-2017"
"""The comparison that is refused on purpose."""

WIDE: Final = ("beta_mission", "beta_shock", "beta_incident", "doubtful")
"""The coefficients whose prior exercise 8 makes wide."""

ITEMS: Final = ("E063", "E068", "E069", "E070", "E072", "E073", "E074", "E100", "E113", "E117")
READERS: Final[Mapping[str, frozenset[str]]] = {
    "narrow": frozenset({"E068", "E073", "E074", "E100"}),
    "generous": frozenset(ITEMS) - {"E113"},
}
"""Which of the ten items each of two ways of reading takes for an act of the state."""

BLOCK: Final = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN: Final = ["acts", "states_acted", "embassies", "trade_left"]


# ---- what is run


def pages() -> list[Path]:
    """The pages of the exercises in their order."""
    return sorted(PAGES.glob("[01]*.md"))[:10]


def commands(page: Path) -> list[str]:
    """The command lines that stand on a page."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.startswith("maxpressure ")]


def prepare() -> None:
    """The edited copies that students make by hand."""
    for name, acts in READERS.items():
        recoded(OUT / name, acts)
    if not (OUT / "coding").exists():
        shutil.copytree(OUT / "narrow", OUT / "coding")
    wide = OUT / "wide"
    if not wide.exists():
        shutil.copytree(ROOT / "calibration", wide)
        for name in ("posterior.parquet", "map.toml"):
            (wide / name).unlink()
        priors = wide / "priors.toml"
        priors.write_text(widened(priors.read_text(encoding="utf-8")), encoding="utf-8")


def recoded(folder: Path, acts: frozenset[str]) -> None:
    """A copy of the tables in which of the ten items these are acts and the others none."""
    if folder.exists():
        return
    shutil.copytree(ROOT / "calibration", folder)
    path = folder / "evidence" / "events.csv"
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        if row["event_id"] in ITEMS and row["iso3"] != "CHN":  # a patron's doings are in no likelihood
            recode(row, act=row["event_id"] in acts)
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def recode(row: dict[str, str], *, act: bool) -> None:
    """A row as an act of one level, or more where the record has more; or as none."""
    before, after = int(row["level_before"]), int(row["level_after"])
    row["level_after"] = str(min(after, before - 1) if act else before)
    row["direction"] = "down" if act else "none"


def widened(priors: str) -> str:
    """The priors with a mean of 0 and a standard deviation of 2.5 for four coefficients."""
    for name in WIDE:
        before = rf"(\[{name}\]\n(?:(?!\[).*\n)*?)mean = \S+\nsd = \S+"
        priors, changed = re.subn(before, r"\1mean = 0.0\nsd = 2.5", priors)
        if changed != 1:
            raise ValueError(f"priors.toml: {name} is no normal prior")
    return priors


def take(command: str) -> None:
    """Run a command from the top folder and keep its output; a command that was run before is not repeated."""
    said = OUT / "said" / f"{re.sub(r'[^a-z0-9]+', '-', command.lower())[:120]}.txt"
    if said.exists() or (" calibrate " in command and (OUT / "wide" / "posterior.parquet").exists()):
        return
    sys.stderr.write(f"{command}\n")
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    wanted = 2 if command.endswith(REFUSED) else 0
    if done.returncode != wanted:
        raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stderr}")
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_text(done.stdout + done.stderr, encoding="utf-8")


def taken(notebook: str) -> None:
    """Run a notebook in outputs/course, as a student would who puts nothing of their own into its first cell."""
    import nbformat  # noqa: PLC0415  # of the extra dev, for these exercises only
    from nbclient import NotebookClient  # noqa: PLC0415

    read = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4)
    NotebookClient(read, timeout=900, resources={"metadata": {"path": str(OUT)}}).execute()


# ---- what came of it


def compared(folder: str, *outcomes: str, places: int = 2) -> str:
    """The paired differences of a folder, with their intervals and n; by default of four outcomes."""
    found = pd.read_csv(OUT / folder / "compare" / "compare.csv")
    found = found[found["outcome"].isin(outcomes or SHOWN)]
    table = found[["scenario", "outcome", "worlds", "mean", "mcse", "ci_low", "ci_high", "p05", "p95"]]
    names = {
        "mcse": "± Monte Carlo",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "p05": "9 of 10 worlds from",
        "p95": "9 of 10 worlds to",
    }
    against = found["against"].iloc[0]
    return f"Scenario minus `{against}`, world by world.\n\n" + markdown(table.rename(columns=names), places)


def simulated(folders: Mapping[str, str]) -> pd.DataFrame:
    """Acts of the worlds of several folders, a row each."""
    rows = []
    for words, folder in folders.items():
        acts = load(OUT / folder).worlds["acts"].to_numpy()
        low, middle, high = np.quantile(acts, [0.05, 0.5, 0.95])
        error = float(acts.std(ddof=1) / np.sqrt(len(acts)))
        rows.append([words, len(acts), float(acts.mean()), error, low, middle, high])
    return pd.DataFrame(
        rows, columns=["worlds of", "n", "mean acts", "± Monte Carlo", "5 %", "median", "95 %"]
    )


def predicted() -> str:
    """Exercise 1."""
    return compared("predict")


def guessed() -> str:
    """Exercise 2."""
    scores = pd.read_csv(OUT / "outputs" / "guess-scores.csv")
    scores["forecast"] = scores["forecast"].replace("your guess", "a guess of 5, 12 and 30")
    return f"{markdown(scores)}\nCRPS in acts; 0 is best.\n"


def coded() -> str:
    """Exercise 3."""
    shipped = ROOT / "calibration"
    rows: list[list[object]] = [
        ["adjudicated (strict)", "", *counted(shipped, "strict")],
        ["first code (broad)", "", *counted(shipped)],
        *([name, len(acts), *counted(OUT / name)] for name, acts in READERS.items()),
    ]
    table = pd.DataFrame(rows, columns=["reading", "acts of the ten", "acts on record", "ties lowered"])
    value, low, high = kappa()
    span = f"95 % from {low:.2f} to {high:.2f}, n = {len(ITEMS)} items"
    agreed = f"\nKappa of the two readings: {value:.2f} ({span}).\n\n"
    return markdown(table) + agreed + markdown(simulated({"the narrow reading, shipped draws": "coded"}))


def counted(place: Path, record: RecordName = "broad") -> tuple[int, int]:
    """Acts and cuts of a folder's record to the end of what is fitted, as ``maxpressure evidence`` counts them."""
    case = load_case(place)
    counts = count_evidence(case.evidence, case.assumptions).tables["counts"]
    row = counts[counts["record"] == record].iloc[0]
    return int(row["acts"]), int(row["cuts"])


def kappa() -> tuple[float, float, float]:
    """Cohen's kappa of the two readings, with an interval over items drawn anew."""
    codes = np.array([[item in acts for acts in READERS.values()] for item in ITEMS])

    def of(rows: np.ndarray) -> float:
        one, other = rows.mean(axis=0)
        chance = one * other + (1 - one) * (1 - other)
        return float((np.mean(rows[:, 0] == rows[:, 1]) - chance) / (1 - chance)) if chance < 1 else np.nan

    rng = np.random.default_rng(2017)
    again = [of(codes[rng.integers(len(codes), size=len(codes))]) for _ in range(2000)]
    low, high = np.nanquantile(again, [0.025, 0.975])
    return of(codes), float(low), float(high)


def classes() -> str:
    """Exercise 4."""
    acts = load(OUT / "classes").worlds
    rows = []
    for name, own in acts.groupby("scenario", observed=True, sort=False)["acts"]:
        low, middle, high = own.quantile([0.05, 0.5, 0.95])
        rows.append([name, len(own), own.mean(), own.std() / np.sqrt(len(own)), low, middle, high])
    columns = ["scenario", "n", "mean acts", "± Monte Carlo", "5 %", "median", "95 %"]
    return markdown(pd.DataFrame(rows, columns=columns)) + "\n" + compared("classes")


def twins() -> str:
    """Exercise 5."""
    parts = []
    for folder, title, states in (
        ("tour", "Without the tour", ("MEX", "PER")),
        ("test", "Without the test", ("MEX", "SGP")),
    ):
        acts = pd.read_csv(OUT / folder / "twins.csv")
        acts = acts[acts["iso3"].isin(states)]
        shown = acts[
            ["state", "week", "ties", "coupling", "twins", "gone_by_end", "gone_later", "agree"]
        ].copy()
        shown["± at most"] = 0.5 / np.sqrt(shown["twins"])
        totals = pd.read_csv(OUT / folder / "totals.csv").drop(columns="of")
        parts.append(f"{title}:\n\n{markdown(shown)}\n{markdown(totals)}")
    return "\n".join(parts)


def spent() -> str:
    """Exercise 6."""
    return compared("requests")


def backfilled() -> str:
    """Exercise 7."""
    return compared("knight", "acts", "trade_left", "first_patron_share", places=3)


def dueled() -> str:
    """Exercise 8."""
    worlds = simulated(
        {
            "the shipped priors": "prior-shipped",
            "the wide priors": "prior-wide",
            "the shipped posterior": "seed-2017",
            "the posterior under wide priors": "posterior-wide",
        }
    )
    rows = []
    for words, place in {"shipped": ROOT / "calibration", "wide": OUT / "wide"}.items():
        priors = load_priors(place / "priors.toml")
        draws, _ = read_draws(place / "posterior.parquet")
        for name in (*WIDE, "beta_request"):
            values = np.array([getattr(draw, name) for draw in draws])
            low, high = np.quantile(values, [0.05, 0.95])
            prior = priors.draw([name], 20_000, np.random.default_rng(2017))[:, 0]
            rows.append([name, words, prior.mean(), prior.std(), values.mean(), low, high, len(values)])
    names = ["coefficient", "prior", "prior mean", "prior sd", "posterior mean", "5 %", "95 %", "draws"]
    return markdown(worlds) + "\n" + markdown(pd.DataFrame(rows, columns=names))


def benchmarked() -> str:
    """Exercise 9."""
    duel = pd.read_csv(OUT / "outputs" / "benchmark-duel.csv")
    duel["forecast"] = duel["forecast"].replace(
        "yours", "an embassy of the target (as it stands in the notebook)"
    )
    scores = pd.read_csv(OUT / "benchmark" / "scores.csv")
    kept = ["forecast", "cuts", "expected", "log_score", "rules_gain", "rules_gain_low", "rules_gain_high"]
    scores = scores[kept].rename(columns={"rules_gain_low": "from", "rules_gain_high": "to"})
    return markdown(duel) + "\nAnd the rule and its rivals, one week ahead:\n\n" + markdown(scores)


def robust() -> str:
    """Exercise 10."""
    parts = [fenced("maxpressure sweep prim")]
    parts += [
        fenced(f"maxpressure sweep regret --outcome acts --better {way}") for way in ("lower", "higher")
    ]
    return "\n".join(parts)


def fenced(command: str) -> str:
    """The output of a command of the exercises."""
    start = re.sub(r"[^a-z0-9]+", "-", command.lower())
    (said,) = (OUT / "said").glob(f"{start}*.txt")
    text = said.read_text(encoding="utf-8").removeprefix("The same points are there already:\n").strip()
    return f"```\n{text}\n```\n"


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "predict": predicted,
    "guess": guessed,
    "coding": coded,
    "mimicry": classes,
    "twins": twins,
    "requests": spent,
    "knight": backfilled,
    "duel": dueled,
    "benchmark": benchmarked,
    "robust": robust,
    "page": course_page.browsed,
}
"""What fills each mark of the page of solutions."""


def filled(text: str, name: str, table: str) -> str:
    """The page with what stands between the marks of a name replaced."""
    start, end = f"<!-- measured: {name} -->", f"<!-- /measured: {name} -->"
    before, found, rest = text.partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{SOLUTIONS.name}: {start} … {end} is missing")
    return f"{before}{start}\n{table.strip()}\n{end}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the course and write its solutions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fresh", action="store_true", help="throw outputs/course away first")
    if parser.parse_args(arguments).fresh:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    prepare()
    for page in pages():
        for command in commands(page):
            take(command)
    for notebook, left in zip(NOTEBOOKS, ("guess-scores.csv", "benchmark-duel.csv"), strict=True):
        if not (OUT / "outputs" / left).exists():
            taken(notebook)
    text = SOLUTIONS.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        text = filled(text, name, table())
    new = SOLUTIONS.with_suffix(".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(SOLUTIONS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
