"""Where questions are answered: what is kept in memory and on disk, what is shared, and what is computed ahead."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from maxpressure.app import office as offices
from maxpressure.app.ahead import Kept, course, planned, values
from maxpressure.app.answers import ZIP, Answers, Packed, build_of, packed
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import LEVERS
from maxpressure.app.office import Office
from maxpressure.app.questions import QUESTIONS
from maxpressure.app.stock import Shared, Stock

BUILD, OTHER = "0123456789abcdef", "fedcba9876543210"
ANSWER = packed({"answer": 1})


# ---- answers


def test_an_answer_is_packed_the_same_each_time_and_has_only_what_json_has() -> None:
    assert packed({"a": "é"}).body == packed({"a": "é"}).body
    assert json.loads(packed({"a": [1, None, "é"]}).plain) == {"a": [1, None, "é"]}
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            packed({"a": number})
    assert packed(b"archive") == Packed(b"archive", ZIP)
    assert packed(b"archive").plain == b"archive"


def test_the_answers_that_were_asked_for_last_stay_within_the_memory_given() -> None:
    answers = Answers(build=BUILD, most_bytes=1000)
    for number in range(20):
        answers.put(str(number), Packed(b"x" * 100))
        answers.get("3")
    assert answers.bytes <= 1000
    assert answers.get("3") is not None
    assert answers.get("19") is not None
    assert answers.get("4") is None
    answers.put("19", Packed(b"y" * 10))
    assert answers.bytes == sum(len(one.body) for one in answers._kept.values())
    answers.put("large", Packed(b"x" * 5000))
    assert answers.get("large") is not None, "one answer is always kept"
    assert len(answers._kept) == 1


def test_a_tag_says_build_and_question() -> None:
    one, other = Answers(build=BUILD), Answers(build=OTHER)
    assert one.tag("a") == Answers(build=BUILD).tag("a")
    assert len({one.tag("a"), one.tag("b"), other.tag("a")}) == 3
    assert one.tag("a").startswith('"')


def test_the_build_says_draws_and_seed(basis: Basis) -> None:
    assert build_of(basis) == build_of(basis)
    reseeded = Basis(case=basis.case, parameters=basis.parameters, draws=basis.draws, seed=1)
    doubled = Basis(case=basis.case, parameters=basis.parameters, draws=basis.draws * 2)
    assert len({build_of(one) for one in (basis, reseeded, doubled)}) == 3


# ---- what is shared


def test_of_many_who_need_the_same_one_makes_it_and_the_oldest_is_forgotten() -> None:
    shared: Shared[int] = Shared(2)
    made: list[str] = []
    go = threading.Event()

    def make(name: str) -> Callable[[], int]:
        def slow() -> int:
            go.wait(10)
            made.append(name)
            return len(made)

        return slow

    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(shared.get, "a", make("a")) for _ in range(8)]
        go.set()
        assert {one.result(timeout=10) for one in waiting} == {1}
    for name in "bca":
        shared.get(name, make(name))
    assert made == ["a", "b", "c", "a"]
    shared.clear()
    shared.get("a", make("a"))
    assert made == ["a", "b", "c", "a", "a"]


def test_what_cannot_be_made_is_told_to_all_and_tried_again() -> None:
    shared: Shared[int] = Shared(2)
    with pytest.raises(ZeroDivisionError):
        shared.get("a", lambda: 1 // 0)
    assert shared.get("a", lambda: 5) == 5


def test_a_setting_is_simulated_once_for_its_worlds_and_its_comparison(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.app import numbers

    simulated: list[str] = []
    simulate = numbers.simulate

    def counted(basis: Basis, setting: Any, worlds: int, **begun: Any) -> Any:
        simulated.append(setting.link())
        return simulate(basis, setting, worlds, **begun)

    monkeypatch.setattr(numbers, "simulate", counted)
    stock = Stock(basis)
    for name, query in (("worlds", "campaign=0.5"), ("worlds", ""), ("compare", "b-campaign=0.5")):
        QUESTIONS[name](basis, parse_qsl(query)).work(stock, lambda _done, _of: None)
    assert len(simulated) == len(set(simulated)) == 2


# ---- on disk


def kept(tmp_path: Path, build: str = BUILD) -> Kept:
    return Kept(build, tmp_path / "cache" / BUILD / "page")


def test_an_answer_on_disk_is_there_at_the_next_start(tmp_path: Path) -> None:
    kept(tmp_path).put("a question", ANSWER)
    again = kept(tmp_path)
    assert len(again) == 1
    assert "a question" in again
    assert again.get("a question") == ANSWER
    assert again.get("another") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-1],
        lambda _: b"",
        lambda body: body[:10] + bytes([body[10] ^ 1]) + body[11:],
        lambda _: gzip.compress(b'{"answer": 2}'),
        lambda _: b"not even packed",
    ],
)
def test_a_damaged_file_is_no_answer_and_is_removed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    first = kept(tmp_path)
    first.put("a question", ANSWER)
    (file,) = (tmp_path / "cache" / BUILD / "page" / BUILD).iterdir()
    file.write_bytes(damage(file.read_bytes()))
    again = kept(tmp_path)
    assert again.get("a question") is None
    assert "a question" not in again
    assert not file.exists()
    again.put("a question", ANSWER)
    assert kept(tmp_path).get("a question") == ANSWER


def test_answers_of_another_build_are_never_served_and_are_removed(tmp_path: Path) -> None:
    stale = kept(tmp_path, OTHER)
    stale.put("a question", ANSWER)
    elsewhere = Kept(OTHER, tmp_path / "cache" / OTHER / "page")
    elsewhere.put("a question", ANSWER)
    strangers = [
        tmp_path / "cache" / BUILD / "page" / "mine" / "a.txt",
        tmp_path / "cache" / OTHER / "kernel.nbc",
    ]
    for path in strangers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    now = kept(tmp_path)
    assert now.get("a question") is None
    assert not list(tmp_path.rglob("*.json.gz"))
    assert all(path.read_text() == "mine" for path in strangers)


def test_a_folder_that_cannot_be_used_is_as_if_there_were_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Kept(BUILD, tmp_path / "file" / "page")
    blocked.put("a question", ANSWER)
    assert blocked.get("a question") is None
    assert len(blocked) == 0


def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path) -> None:
    first = kept(tmp_path)
    first.put("a question", ANSWER)
    (file,) = (tmp_path / "cache" / BUILD / "page" / BUILD).iterdir()
    moved = tmp_path / "elsewhere"
    file.rename(moved)
    file.symlink_to(moved)
    assert kept(tmp_path).get("a question") is None
    assert first.get("a question") is None
    assert moved.exists()


# ---- ahead


def test_what_the_exercises_ask_is_planned() -> None:
    plan = set(course())
    assert {
        ("twins", "without=Pence+in+Latin+America"),
        ("twins", "without=Sixth+nuclear+test"),
        ("compare", "scenario=class-x&b-scenario=class-y"),
        ("worlds", "scenario=from-august"),
        ("guess/days", "scenario=from-august"),
        ("world", "scenario=max-pressure-2017&world=0&state=MEX"),
    } <= plan


def test_every_setting_with_one_lever_moved_is_planned(basis: Basis) -> None:
    plan = list(planned(basis))
    singles = {query for name, query in plan if name == "worlds" and "scenario" not in query and query}
    assert len(singles) == sum(len(values(lever)) for lever in LEVERS.values()) == 192
    assert {f"scenario={name}" for name in basis.case.scenarios} <= {
        query for name, query in plan if name == "worlds"
    }
    compared = {query for name, query in plan if name == "compare"}
    assert {f"b-{query}" for query in singles} <= compared
    assert plan[0] == ("book", "")
    for name, query in plan:
        assert QUESTIONS[name](basis, parse_qsl(query, keep_blank_values=True)).key


@pytest.fixture
def ahead(basis: Basis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Office]]:
    """Offices that have three questions to compute ahead, the second of which cannot be compared."""
    plan = [
        ("worlds", "worlds=60"),
        ("compare", "scenario=with-contagion&b-scenario=fails"),
        ("book", ""),
        ("book", ""),
    ]
    checked = Office._check

    def check(self: Office, name: str, query: str) -> Any:
        if "fails" not in query:
            return checked(self, name, query)
        found = checked(self, "book", "")
        return type(found)(key="fails", kind="worlds", work=lambda *_: 1 // 0)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr(offices, "planned", lambda _: iter(plan))
    monkeypatch.setattr(Office, "_check", check)
    made: list[Office] = []

    def office() -> Office:
        made.append(Office(basis, lambda build: Kept(build, tmp_path / "page")))
        return made[-1]

    yield office
    for one in made:
        one.close()


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("what is computed ahead does not end")


def test_what_is_computed_ahead_is_at_hand_now_and_after_a_restart(
    ahead: Callable[[], Office], caplog: pytest.LogCaptureFixture
) -> None:
    first = ahead()
    first.begin_ahead()
    _until(lambda: len(first.kept or ()) == 2)
    assert "ZeroDivisionError" in caplog.text, "a fault is logged and holds up nothing"
    second = ahead()
    assert second.kept is not None
    assert len(second.kept) == 2
    assert second.at_hand("book") == first.at_hand("book")
    assert second.answers.get("book") is not None


def test_an_answer_that_a_visitor_had_made_is_kept_as_well(ahead: Callable[[], Office]) -> None:
    office = ahead()
    question = office.checked("book", "")
    office.ask("a visitor", question).future.result(timeout=30)
    made: list[str] = []
    office._work = lambda question: made.append(question.key) or (lambda _: ANSWER)  # type: ignore[method-assign,assignment,func-returns-value]
    office.begin_ahead()
    _until(lambda: "book" in (office.kept or ()))
    assert "book" not in made


def test_nothing_is_computed_ahead_where_nothing_is_kept(basis: Basis) -> None:
    office = Office(basis)
    office.begin_ahead()
    assert office.turns.quiet
    assert not office.turns.line._jobs
    office.close()
