"""SQL over results: the four tables and nothing else, neither files nor the network nor Python's variables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from maxpressure.results.results import Results
from part_folders import TWO, laid_out, planned

if sys.platform != "win32":
    import resource


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 8 worlds each, in parts of 3."""
    return laid_out(planned(case, worlds=8), tmp_path_factory.mktemp("query") / "a", width=3)


def test_a_query_sees_the_rows_of_all_parts(results: Results) -> None:
    found = results.query("SELECT scenario, sum(acts) AS n FROM worlds GROUP BY scenario ORDER BY scenario")
    own = results.worlds.groupby("scenario", observed=True)["acts"].sum()
    assert found["scenario"].tolist() == sorted(TWO)
    assert found["n"].tolist() == [own[name] for name in sorted(TWO)]


def test_tables_join_and_columns_narrow(results: Results) -> None:
    found = results.query(
        "SELECT w.world, count(*) AS n FROM worlds w JOIN ACTS a USING (scenario, world) "
        "WHERE scenario = 'no-campaign' AND a.lead GROUP BY 1 ORDER BY 1"
    )
    assert found["n"].tolist() == results.table("worlds", ["acts"], "no-campaign")["acts"].tolist()


def test_dates_and_weeks_come_as_in_the_tables(results: Results) -> None:
    found = results.query("SELECT DISTINCT week, date FROM weeks ORDER BY week")
    weeks = results.weeks[["week", "date"]].drop_duplicates()
    assert found["week"].tolist() == weeks["week"].tolist()
    assert found["date"].tolist() == weeks["date"].tolist()


def test_tallies_are_added_up_before_they_are_queried(results: Results) -> None:
    found = results.query("SELECT count(*) AS n, sum(worlds) AS worlds FROM tallies")
    assert found["n"].item() == len(results.table("tallies"))
    assert found["worlds"].item() == 2 * 8 * 104 * 10


def test_the_same_query_runs_over_whole_tables(case: Case, tmp_path: Path) -> None:
    whole = run("no-campaign", worlds=2, out=tmp_path / "a", case=case, progress=False)
    assert whole.query("FROM worlds")["acts"].tolist() == whole.worlds["acts"].tolist()


def test_pivots_and_plans_are_queries_too(results: Results) -> None:
    wide = results.query("PIVOT tallies ON outcome USING sum(worlds) GROUP BY scenario")
    assert len(wide) == 2
    assert len(results.query("EXPLAIN SELECT * FROM acts")) == 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC * FROM worlds", "syntax error"),
        ("SELECT nothing FROM worlds", '"nothing" not found'),
        ("SELECT * FROM wolds", "wolds does not exist"),
        ("", "a single query"),
        ("SELECT 1; SELECT 2", "a single query"),
        ("CREATE TABLE mine AS SELECT * FROM worlds", "a single query"),
        ("DROP VIEW worlds", "a single query"),
        ("SET threads = 1", "a single query"),
        ("COPY worlds TO 'stolen.csv'", "a single query"),
        ("ATTACH 'other.db'", "a single query"),
        ("INSTALL httpfs", "a single query"),
        ("LOAD httpfs", "a single query"),
        ("SELECT * FROM read_text('secret.txt')", "disabled"),
        ("SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')", "disabled|[Ee]xtension"),
        ("SELECT * FROM 'secret.txt'", "does not exist"),
        ("SELECT * FROM results", "does not exist"),
    ],
)
def test_what_is_no_query_over_the_tables_is_refused(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with pytest.raises(InputError, match=said) as refusal:
        results.query(sql)
    assert refusal.value.given == sql
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]


ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


def test_a_query_without_end_is_interrupted(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maxpressure.results.query.SECONDS", 0.2)
    with pytest.raises(InputError, match="seconds") as refusal:
        results.query(ENDLESS)
    assert refusal.value.given == ENDLESS
    assert results.query("SELECT 1 AS n")["n"].tolist() == [1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits a process's memory so")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 2000000000)",
        "SELECT range(1000000000)",
        "SELECT * FROM range(3000000000)",
        "SELECT string_agg(repeat('x', 1000)) FROM range(10000000)",
    ],
)
def test_a_query_that_takes_too_much_memory_is_refused(
    results: Results, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    monkeypatch.setattr("maxpressure.results.query.MEMORY", 1 << 26)
    monkeypatch.setattr("maxpressure.results.query.CLOSED", _tight())
    with pytest.raises(InputError, match="MiB of memory"):
        results.query(sql)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert results.query("SELECT 1 AS n")["n"].tolist() == [1]


@pytest.mark.parametrize("sql", ["SELECT '\ud800'", "SELECT \0", f"SELECT {'(' * 5000}1{')' * 5000}"])
def test_text_that_is_no_query_is_refused(results: Results, sql: str) -> None:
    with pytest.raises(InputError) as refusal:
        results.query(sql)
    assert refusal.value.key == "query"


def test_a_query_that_spills_leaves_nothing_behind(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("maxpressure.results.query.CLOSED", _tight())
    long = "SELECT * FROM (SELECT range AS r, hash(range) AS h FROM range(3000000) ORDER BY h)"
    assert results.query(f"SELECT count(*) AS n FROM ({long})")["n"].item() == 3_000_000
    assert not list(tmp_path.iterdir())


def _tight() -> dict[str, object]:
    from maxpressure.results.query import CLOSED

    return {**CLOSED, "memory_limit": "60MB"}
