"""What if an input had not come: the twins of `maxpressure twin`, and no conclusion where they disagree."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from maxpressure.app import what_if
from maxpressure.app.many_worlds import SEED
from maxpressure.app.what_if import Answer, Question
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.explanations.twin_run import twin
from maxpressure.explanations.twin_tables import UNSETTLED
from maxpressure.explanations.twins import COUPLINGS, COUPLINGS_IN_WORDS
from maxpressure.model.case import Case
from pilot import PILOT

TWINS = 6
DRAWS = (PILOT.values,)


class Here(Executor):
    """Does pieces at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def answered(case: Case, asked: Question) -> tuple[Answer, int]:
    pieces = list(what_if.pieces(case, DRAWS, asked, lambda: cast(ProcessPoolExecutor, Here()), lambda: None))
    assert pieces[:-1] == [None] * (len(pieces) - 1)
    assert pieces[-1] is not None
    return pieces[-1], len(pieces)


@pytest.fixture(scope="module")
def mexico(case: Case) -> Answer:
    asked = Question(state="MEX", without="Sixth nuclear test", twins=TWINS)
    answer, pieces = answered(case, asked)
    assert pieces == what_if.pieces_of(asked)
    return answer


def test_the_twins_of_the_page_are_those_of_the_command(mexico: Answer, case: Case, tmp_path: Path) -> None:
    file = tmp_path / "what-if.toml"
    file.write_text('without = ["Sixth nuclear test"]\n', encoding="utf-8")
    theirs = twin(
        file,
        case=case,
        worlds=TWINS,
        seed=SEED,
        parameters=PILOT,
        workers=1,
        out=tmp_path / "out",
        progress=False,
    )
    ours = mexico.acts.reset_index(drop=True)
    for column in ("iso3", "coupling", "gone_by_end", "gone_later", "agree"):
        if ours[column].dtype.kind == "f":
            assert ours[column].to_numpy() == pytest.approx(theirs.acts[column].to_numpy(), abs=1e-5)
        else:
            assert ours[column].tolist() == theirs.acts[column].tolist()
    pd.testing.assert_series_equal(mexico.totals["mean"], theirs.totals["mean"], atol=1e-4, rtol=1e-4)


def test_a_conclusion_on_an_act_is_drawn_only_where_both_couplings_agree(mexico: Answer) -> None:
    for row in what_if.rows(mexico):
        assert (UNSETTLED in row["sentence"]) == (not row["agree"])
        assert set(row["gone"]) == set(COUPLINGS) == set(COUPLINGS_IN_WORDS)
        assert all(0.0 <= share <= 1.0 for shares in row["gone"].values() for share in shares)


def test_the_totals_stand_with_their_error_for_both_couplings(mexico: Answer) -> None:
    lost, later, gained = what_if.lines(mexico)
    for line in (lost, later, gained):
        assert all(coupling in line for coupling in COUPLINGS)
        assert "±" in line
    assert "acts recorded from 2017-08-28" in lost


def test_beside_twins_stands_what_they_cannot_know(mexico: Answer) -> None:
    said = " ".join(what_if.to_be_said(mexico))
    assert CONTAGION in said
    assert REQUESTS in said
    assert f"{TWINS} twins" in said


def test_an_input_that_came_after_an_act_cannot_affect_it(case: Case) -> None:
    answer, _ = answered(case, Question(state="MEX", without="Hwasong-15", twins=2))
    assert what_if.rows(answer) == []
    assert "came before it" in what_if.nothing_of(answer, "Mexico")


def test_what_is_asked_must_be_on_record(case: Case) -> None:
    listed = what_if.inputs(case)
    assert what_if.question(case, "MEX", listed[0]["name"], "40").twins == 40
    for state, without, twins in (
        ("XXX", "Sixth nuclear test", "40"),
        ("CHN", "Sixth nuclear test", "40"),
        ("MEX", "Seventh nuclear test", "40"),
        ("MEX", "Singapore summit", "40"),
        ("MEX", "Sixth nuclear test", "1000000"),
        ("MEX", "Sixth nuclear test", "nan"),
    ):
        with pytest.raises(InputError):
            what_if.question(case, state, without, twins)


def test_the_states_and_inputs_to_choose_from_are_those_of_the_record(case: Case) -> None:
    names = [one["name"] for one in what_if.states(case)]
    assert names == sorted(names)
    assert "Mexico" in names
    labels = [one["label"] for one in what_if.inputs(case)]
    assert labels == sorted(labels, key=lambda label: label[:10])


def test_when_the_process_dies_the_next_question_gets_a_new_one(case: Case) -> None:
    class Dying(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise BrokenProcessPool("died")

    died: list[bool] = []
    asked = Question(state="MEX", without="Sixth nuclear test", twins=2)
    pieces = what_if.pieces(
        case, DRAWS, asked, lambda: cast(ProcessPoolExecutor, Dying()), lambda: died.append(True)
    )
    with pytest.raises(BrokenProcessPool):
        next(pieces)
    assert died == [True]
