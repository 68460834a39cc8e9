"""The command that writes results as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxpressure.base.errors import InputError, Remedy, Wrong
from maxpressure.base.text import from_here, plural
from maxpressure.cli.options import CASE, FORCE, QUIET, ending, out_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maxpressure.results.export import Written

EXPORT_HELP = """Write results as CSV, Excel, Stata, Parquet or JSON.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. Its tables:
  worlds      a row for each world: its outcomes
  acts        a row for each cut, with the attribution of its act
  outcomes    a row for each scenario and outcome: mean, interval, quantiles
  comparison  differences from the first scenario, world by world
  weeks       a row for each world and week; only by --table
  tallies     how many worlds had which value each week; only by --table
In place of OUT, person-weeks stands for the table to which the hazard was
fitted: a row for each state, tie and week at risk.

\b
Examples:
  maxpressure export outputs/max-pressure-2017
  maxpressure export outputs/class --format xlsx --out class.xlsx
  maxpressure export outputs/class --format dta --table worlds --table weeks
  maxpressure export outputs/class --table comparison --out differences.csv
  maxpressure export person-weeks --format parquet

\b
Written to OUT/export, or to DIR, or for person-weeks to outputs/person-weeks:
a file for each table, for xlsx one workbook with a sheet for each. Or to
FILE, the path of a single file with the ending of the format. A table named
columns, beside CSV and Stata files and within the others, says what each
column means, with its unit. Numbers are not rounded, but Excel holds fifteen
digits. In CSV, text that a spreadsheet might run begins with an apostrophe.
A number that is not finite is blank in Excel and Stata, and null in JSON.
"""
PERSON_WEEKS = "person-weeks"
NEEDS_EXCEL = "Excel files need the package {}, of the extra excel: pip install 'maxpressure[excel]'"


def export(
    results: Annotated[
        str, typer.Argument(metavar="OUT", help=f"A folder of results or its URL, or {PERSON_WEEKS}.")
    ],
    *,
    kind: Annotated[
        str, typer.Option("--format", help="csv, xlsx (Excel), dta (Stata), parquet or json.", metavar="KIND")
    ] = "csv",
    table: Annotated[
        list[str] | None, typer.Option(help="Only this table; may be repeated.", metavar="NAME")
    ] = None,
    out: Annotated[Path | None, out_option("OUT/export", "A folder, or a single file", "DIR|FILE")] = None,
    case: CASE = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Write the tables, say which and where."""
    from maxpressure.results.export import export as export_tables
    from maxpressure.results.results import load

    with ending("no half-written file is left. Run the same command again.", needs=NEEDS_EXCEL):
        if results == PERSON_WEEKS:
            done = _person_weeks(kind, table or (), out, case, force=force)
        else:
            done = export_tables(load(results), table or (), kind=kind, out=out, force=force)
        if quiet:
            return
        print(", ".join(f"{name}: {plural(rows, 'row')}" for name, rows in done.rows.items()))
        print("Written:", *(from_here(path) for path in done.files), sep="\n  ")


def _person_weeks(
    kind: str, tables: Sequence[str], out: Path | None, case: Path | None, *, force: bool
) -> Written:
    """Write the risk table of the record, which belongs to a case and to no folder of results."""
    from maxpressure.inference.person_weeks import COLUMNS, person_weeks
    from maxpressure.model.case import load_case
    from maxpressure.results.export import check_kind, write
    from maxpressure.results.formats import Exported
    from maxpressure.results.meanings import Meaning

    check_kind(kind)
    if tables:
        given = Wrong("has no meaning for person-weeks")
        raise InputError(file="export", key="--table", given=given, allowed=Remedy("Leave it out"))
    rows = person_weeks(load_case(case))
    columns = tuple(Meaning(name, meaning, "") for name, meaning in COLUMNS.items())
    exported = Exported(name=PERSON_WEEKS, columns=columns, rows=len(rows), pieces=[rows])
    return write([exported], kind, out or Path("outputs", PERSON_WEEKS), force=force)
