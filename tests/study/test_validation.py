"""Scores on a later table of events: what is scored, what is listed, what is refused, what is written."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIE_INDEX
from maxpressure.cli.main import app
from maxpressure.evidence.events import load_events
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.schema import EventRow, RecordName
from maxpressure.inference import rivals
from maxpressure.inference.likelihood import record_situation
from maxpressure.inference.moves import moves_of
from maxpressure.inference.rates import RATES, THAWING
from maxpressure.inference.rivals import OTHERS
from maxpressure.inference.validate import code_later_events, read_span, thinned, validate
from maxpressure.inference.validation import (
    ELSEWHERE,
    NO_CUT,
    OUTSIDE,
    REFITTED,
    RULE,
    SCORED,
    SUB_LEVEL,
    Validation,
    as_json,
    heading,
    notes,
    quiet,
)
from maxpressure.model.case import Case, load_case
from maxpressure.model.history import recorded_history

near = pytest.approx
Table = Callable[[Sequence[dict[str, object]]], Path]

SHIPPED = Path(__file__).parents[2] / "calibration" / "evidence" / "events.csv"
ROW = {
    "event_id": "E001", "date": "2018-02-06", "date_precision": "day", "iso3": "DEU", "state": "Germany",
    "tie": "diplomatic", "action": "downgrade", "level_before": 2, "level_after": 1, "direction": "down",
    "trigger": "other/unknown", "us_contact_before": "unknown", "source_title": "made up",
    "source_publisher": "nobody", "source_date": "", "source_url": "none", "confidence": "low",
    "note": "made up for a test",
}  # fmt: skip
LATER: list[dict[str, object]] = [
    ROW,  # a cut, under an id that the record has already
    ROW | {"event_id": "E002", "date": "2018-02-07", "iso3": "PAN", "state": "Panama", "tie": "military",
           "action": "cut_military", "level_before": 1, "level_after": 0},
    ROW | {"event_id": "E003", "date": "2018-02-08", "iso3": "CHN", "state": "China", "tie": "travel",
           "action": "suspend_flights", "level_before": 3, "level_after": 2},
    ROW | {"event_id": "E004", "date": "2018-02-09", "iso3": "FRA", "state": "France", "tie": "travel",
           "action": "maintain", "level_before": 2, "level_after": 2, "direction": "none"},
    ROW | {"event_id": "E005", "date": "2018-02-10", "iso3": "PER", "state": "Peru", "tie": "diplomatic",
           "action": "reduce_staff", "level_before": 2, "level_after": 2},
    ROW | {"event_id": "E006", "date": "2018-01-03", "iso3": "NPL", "state": "Nepal", "tie": "diplomatic"},
    ROW | {"event_id": "E007", "date": "2018-03-05", "iso3": "IND", "state": "India", "tie": "travel"},
    ROW | {"event_id": "E008", "date": "2018-01-20", "iso3": "BWA", "state": "Botswana"},
    ROW | {"event_id": "E009", "date": "2018-02-20", "iso3": "EST", "state": "Estonia"},
]  # fmt: skip
"""Panama's tie is one that no table lists; Botswana and Estonia have no relations to lower."""


@pytest.fixture(scope="module", autouse=True)
def _short_chains() -> Iterator[None]:
    """Rivals fitted by a few steps: what is done with their draws is tested here, not how well they are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "STEPS", 20)
        patch.setattr(rivals, "sample", partial(rivals.sample, warm_up=20))
        yield


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Writes rows into a table of events."""
    return lambda rows: written(tmp_path / "later.csv", rows)


def written(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, EventRow.model_fields)
        writer.writeheader()
        writer.writerows(rows)
    return path


def weeks_of(case: Case, start: str, end: str) -> tuple[int, int]:
    span = read_span(case, start, end)
    return span.first, span.until


# ---- the span


@pytest.mark.parametrize(
    ("start", "end", "key", "allowed"),
    [
        ("soon", "2018-03-25", "--from", "as YYYY-MM-DD"),
        ("", "2018-03-25", "--from", "as YYYY-MM-DD"),
        ("2016-01-04", "2018-03-25", "--from", "from 2016-07-04 to 2018-12-31"),
        ("2019-01-07", "2019-03-24", "--from", "from 2016-07-04 to 2018-12-31"),
        ("2018-12-31", "2018-12-31", "--from", "a day up to 2018-12-30"),
        ("2018-01-01", "2017-12-31", "--to", "from 2018-01-01 to 2018-12-31"),
        ("2018-01-01", "2019-01-06", "--to", "from 2018-01-01 to 2018-12-31"),
        ("2018-01-01", "2018-02-30", "--to", "as YYYY-MM-DD"),
        ("20180101", "2018-03-25", "--from", "as YYYY-MM-DD"),
        ("2018-W01-1", "2018-03-25", "--from", "as YYYY-MM-DD"),
        ("2018-001", "2018-03-25", "--from", "as YYYY-MM-DD"),
        (" 2018-01-01", "2018-03-25", "--from", "as YYYY-MM-DD"),
        ("2018-01-01", "2018-03-25\n", "--to", "as YYYY-MM-DD"),
        ("2018-01-01", "2018-01-01T00:00", "--to", "as YYYY-MM-DD"),
        ("2018-01-01", "9999-12-31", "--to", "from 2018-01-01 to 2018-12-31"),
        ("0001-01-01", "2018-03-25", "--from", "from 2016-07-04 to 2018-12-31"),
    ],
)
def test_a_bad_span_is_refused_with_its_key_and_what_is_allowed(
    case: Case, start: str, end: str, key: str, allowed: str
) -> None:
    with pytest.raises(InputError) as refusal:
        read_span(case, start, end)
    assert refusal.value.key == key
    assert allowed in refusal.value.allowed


def test_a_span_is_the_whole_weeks_that_its_days_lie_in_from_the_records_origin(case: Case) -> None:
    assert weeks_of(case, "2018-01-03", "2018-01-09") == (104, 106)
    assert weeks_of(case, "2018-12-24", "2018-12-31") == (155, 156)
    assert weeks_of(case, "2018-01-01", "2018-01-07") == (104, 105)
    assert weeks_of(case, "2016-07-04", "2018-12-30") == (26, 156)


# ---- the record with the table


@pytest.mark.parametrize("record", ["strict", "broad"])
def test_the_record_coded_from_its_own_table_is_the_record(record: RecordName) -> None:
    case = load_case(record=record)
    events = case.evidence.events_of(record)
    later = code_later_events(case, events, read_span(case, "2017-10-30", "2017-12-31"))
    recorded = record_situation(case)
    assert later.whole.record == recorded.record
    assert np.array_equal(later.moves, moves_of(recorded, recorded_history(recorded.record)))
    assert (later.whole.timeline.weeks, later.late.timeline.first, later.late.timeline.weeks) == (
        104,
        95,
        104,
    )
    assert later.not_in_table == 0
    assert len(later.rows) == sum(
        dt.date(2017, 10, 30) <= row.date <= dt.date(2017, 12, 31) for row in events
    )
    cuts = sum(len(act.cuts) for act in recorded.record.acts if act.week >= 95)
    assert sum(how == SCORED for _, how in later.rows) == cuts == {"strict": 8, "broad": 10}[record]


def test_each_row_is_scored_or_listed_for_what_it_is(case: Case, table: Table) -> None:
    events = load_events(table(LATER), case.evidence.states)
    later = code_later_events(case, events, read_span(case, "2018-02-05", "2018-02-25"))
    assert (later.before, later.after, later.earlier) == (2, 1, 2)
    assert {row.iso3: how for row, how in later.rows} == {
        "DEU": SCORED, "PAN": SCORED, "CHN": ELSEWHERE, "FRA": NO_CUT, "PER": SUB_LEVEL, "EST": OUTSIDE,
    }  # fmt: skip
    states = [later.whole.population.iso3[index] for week, index, *_ in later.moves.tolist() if week >= 104]
    assert states == ["NPL", "DEU", "PAN"]  # January's row is history, that of March is not to come yet
    panama = later.whole.population.iso3.index("PAN")
    assert later.whole.population.unlisted[panama, TIE_INDEX["military"]]


def test_rows_of_the_record_in_the_span_that_the_table_lacks_are_counted_and_left_out(case: Case) -> None:
    span = read_span(case, "2017-10-30", "2017-12-31")
    events = case.evidence.events_of(case.record().record)
    late = [row for row in events if span.start <= row.date <= span.end]
    without = [row for row in late if row.event_id != late[0].event_id]
    later = code_later_events(case, without, span)
    assert later.not_in_table == 1
    assert len(later.rows) == len(late) - 1
    assert (
        later.moves[later.moves[:, 0] < span.first]
        == code_later_events(case, late, span).moves[: (later.moves[:, 0] < span.first).sum()]
    ).all()


# ---- a validation


@pytest.fixture(scope="module")
def found(case: Case, pilot: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Validation:
    path = written(tmp_path_factory.mktemp("table") / "later.csv", LATER)
    given = ParameterSet(pilot, "made up", "a test")
    return validate(case, path, "2018-02-05", "2018-02-25", parameters=given, progress=False)


def test_the_rule_stands_beside_all_rivals_on_the_same_weeks(found: Validation) -> None:
    given = found.compared.scores
    assert [scores.name for scores in given] == [RULE, *RATES, THAWING, *OTHERS]
    assert {(scores.cells, scores.cuts) for scores in given} == {(given[0].cells, 2)}
    for scores in given:
        assert -100.0 < scores.log_score < 0.0
        assert 0.0 <= scores.auc.low <= scores.auc.value <= scores.auc.high <= 1.0


def test_each_gain_is_the_rules_log_score_less_the_others(found: Validation) -> None:
    rule, *others = found.compared.scores
    assert list(found.compared.gains) == [one.name for one in others]
    for one in others:
        gain = found.compared.gains[one.name].ties
        assert gain.value == near(rule.log_score - one.log_score)
        assert gain.low <= gain.value <= gain.high


def test_cuts_outside_count_in_the_total_alone_and_have_a_score_of_their_own(found: Validation) -> None:
    outside = found.outside
    assert (found.count.seen, found.count_of_all.seen, outside.cuts) == (2, 3, 1)
    assert len(found.later.record.outside) == 2  # Botswana's came before the span
    assert outside.rate == near((1 + 0.5) / (none_at_the_start(found) + 1.0))
    assert outside.cells == 3 * int((found.later.whole.population.start == 0).sum())
    assert outside.log_score == near(math.log(outside.rate) + (outside.cells - 1) * math.log1p(-outside.rate))


def none_at_the_start(found: Validation) -> int:
    """Weeks before the span of a tie that was coded as none at the start and has not come about since."""
    population, span = found.later.whole.population, found.later.span
    levels, total, moves = population.start.astype(int), 0, found.later.moves.tolist()
    for week in range(span.first):
        total += int(((levels == 0) & (population.start == 0)).sum())
        for _, place, tie, after, _ in (move for move in moves if move[0] == week):
            levels[place, tie] = after
    assert ((levels == 0) & (population.start > 0)).any()  # ties that fell are no part of it
    return total


def test_simulated_counts_lie_around_what_is_expected(found: Validation) -> None:
    count, rule = found.count, found.compared.scores[0]
    assert count.low95 <= count.low80 <= count.median <= count.high80 <= count.high95
    assert abs(count.median - rule.expected) < 3.0
    assert 0.0 <= count.below <= 1.0
    assert found.count_of_all.high95 >= count.high95


def test_states_stand_in_the_order_of_what_they_were_given(found: Validation) -> None:
    assert found.states["given"].is_monotonic_decreasing
    acted = found.states[found.states["acted"]]
    assert sorted(acted["iso3"]) == ["DEU", "PAN"]
    assert found.had_seen == 0


def test_the_files_hold_what_was_found(found: Validation, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "new" / "folder")
    names = ["rows.csv", "scores.csv", "states.csv", "validation.json", "validation.md"]
    assert sorted(path.name for path in folder.iterdir()) == names
    scores = pd.read_csv(folder / "scores.csv")
    assert scores["log_score"].to_list() == near([one.log_score for one in found.compared.scores])
    assert scores["crps_total"].to_list() == near([one.crps for one in found.compared.totals.values()])
    assert list(pd.read_csv(folder / "rows.csv")["how"]) == list(found.tables["rows"]["how"])
    kept = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    assert kept["scores"][0]["log_score"] == near(found.compared.scores[0].log_score)
    assert kept["cuts_at_risk"]["seen"] == 2
    written = (folder / "validation.md").read_text(encoding="utf-8")
    assert written == found.markdown()
    for word in (
        "constant by tie",
        "Panama",
        "Estonia",
        OUTSIDE,
        "2018-02-05 to 2018-02-25",
        "five more terms",
    ):
        assert word in written
    with pytest.raises(InputError):
        found.save(folder)
    assert found.save(folder, force=True) == folder


def test_the_terminal_shows_every_forecast_and_the_counts(found: Validation) -> None:
    lines = found.text(100).splitlines()
    assert "later.csv" in lines[0]
    assert "2018-02-05 to 2018-02-25" in lines[0]
    shown = " ".join(" ".join(lines).split())
    assert all(scores.name in shown for scores in found.compared.scores)
    assert (len(found.later.rows), found.later.earlier, found.later.not_in_table) == (6, 2, 0)
    for fact in ("2 observed", "3 observed", "3 rows", "2 earlier rows ", "made up: a test"):
        assert fact in shown
    assert "test for" not in shown  # no parameter was fitted to 2018


def test_a_warning_stands_first_where_parameters_were_or_may_have_been_fitted_to_the_weeks(
    found: Validation,
) -> None:
    shipped = replace(found, had_seen=3, named="posterior")
    unknown = replace(found, had_seen=3)
    assert notes(shipped)[0].startswith("NOT A TEST")
    assert "3 of the 3 weeks" in notes(shipped)[0]
    assert notes(unknown)[0].startswith("Perhaps not a test")
    assert "3 of the 3 weeks" in notes(unknown)[0]
    assert "2 rows of the record" in " ".join(
        notes(replace(found, later=replace(found.later, not_in_table=2)))
    )


@pytest.mark.parametrize(("kept", "weeks"), [((), 3), ((NO_CUT, SUB_LEVEL), 3)])
def test_a_span_without_a_cut_is_named_in_the_first_line_with_the_rows_outside(
    found: Validation, kept: tuple[str, ...], weeks: int
) -> None:
    rows = tuple((row, how) for row, how in found.later.rows if how in kept)
    empty = replace(found, later=replace(found.later, rows=rows, before=4, after=7))
    first = " ".join(empty.text(80).split()).partition(heading(empty))[0]
    for fact in ("later.csv", f"{weeks} weeks in which nothing happened", "11 (4 before, 7 after)"):
        assert fact in first
        assert fact in empty.markdown()
        assert fact in as_json(empty)["notes"][0]
    assert as_json(empty)["events"]["rows_in_span"] == len(kept)
    assert as_json(empty)["events"]["rows_after"] == 7
    assert quiet(found) == []
    assert "6 rows in them, 3 outside" in heading(found)


def test_what_is_no_number_is_null_in_json_and_a_dash_in_the_table(found: Validation) -> None:
    rule = found.compared.scores[0]
    nothing = replace(rule, auc=rule.auc._replace(value=math.nan, low=math.nan))
    without = replace(found, compared=replace(found.compared, scores=(nothing,)))
    assert as_json(without)["scores"][0]["auc"] is None
    assert "—" in without.text(160).splitlines()[3]


def test_draws_are_thinned_evenly(pilot: Parameters) -> None:
    draws = [pilot._replace(chi=chi) for chi in np.linspace(0.0, 0.9, 10)]
    assert [draw.chi for draw in thinned(draws, 4)] == near([0.0, 0.3, 0.6, 0.9])
    assert thinned(draws, 40) == draws


# ---- the command


@pytest.fixture
def few_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the rivals that are fitted: the validation above has all of them."""
    for name in [*OTHERS][2:]:
        monkeypatch.delitem(OTHERS, name)  # type: ignore[arg-type]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments])


@pytest.mark.usefixtures("few_rivals")
def test_the_shipped_record_is_scored_on_a_span_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call("--events", str(SHIPPED), "--from", "2017-10-30", "--to", "2017-12-31", "--parameters", "map")
    assert ran.exit_code == 0, ran.output
    assert "NOT A TEST" in ran.stdout
    assert REFITTED in ran.stdout
    scores = pd.read_csv("outputs/validate-2017-10-30-2017-12-31/scores.csv").set_index("forecast")
    assert list(scores.index) == [RULE, REFITTED, *RATES, THAWING, *OTHERS]
    assert (scores["cuts"] == 8).all()
    assert scores.loc[REFITTED, "log_score"] > scores.loc["constant by tie", "log_score"]


@pytest.mark.usefixtures("few_rivals")
def test_a_table_without_a_row_is_scored_as_a_span_in_which_nothing_came(
    table: Table, tmp_path: Path
) -> None:
    place = tmp_path / "quiet"
    ran = call(
        "--events", str(table([])), "--from", "2018-01-01", "--to", "2018-01-14", "--out", str(place),
        "--parameters", "map",
    )  # fmt: skip
    assert ran.exit_code == 0
    assert ran.stdout.startswith("No event of later.csv lies in 2018-01-01 to 2018-01-14; scored as 2 weeks")
    kept = json.loads((place / "validation.json").read_text(encoding="utf-8"))
    assert kept["scores"][0]["auc"] is None
    assert kept["scores"][0]["cuts"] == kept["cuts_with_those_outside"]["seen"] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--from": "2018-13-02"}, ("--from", "2018-13-02", "YYYY-MM-DD")),
        ({"--to": "2017-12-31"}, ("--to", "2017-12-31", "a day from 2018-01-01")),
        ({"--events": "nowhere.csv"}, ("nowhere.csv", "is not there")),
        ({"--parameters": "nowhere.toml"}, ("nowhere.toml", "is not there")),
        ({"--seed": "-1"}, ("seed",)),
        ({"--draws": "0"}, ("draws",)),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(
    table: Table, change: dict[str, str], words: tuple[str, ...]
) -> None:
    options = {"--events": str(table(LATER)), "--from": "2018-01-01", "--to": "2018-03-25"} | change
    options.setdefault("--parameters", "map")
    ran = call(*(part for pair in options.items() for part in pair))
    assert ran.exit_code == 2
    assert all(word in ran.output for word in words)


def test_a_bad_cell_is_refused_with_its_line_and_column(table: Table) -> None:
    path = table([ROW, ROW | {"event_id": "E002", "iso3": "GER"}])
    ran = call("--events", str(path), "--from", "2018-01-01", "--to", "2018-03-25", "--parameters", "map")
    assert ran.exit_code == 2
    for word in ("later.csv", "line 3, column iso3", "GER"):
        assert word in ran.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2018-01-01"),
        ("--to", "2018-03-25", "--check", "forward"),
        ("--draws", "20"),
        ("--events", "later.csv", "--check", "forward"),
        ("--events", "later.csv", "--release"),
        ("--events", "later.csv", "--workers", "2"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused_before_anything_is_done(
    arguments: tuple[str, ...],
) -> None:
    ran = call(*arguments)
    assert ran.exit_code == 2
    assert "only with" in ran.output
