"""The teacher's desk keeps what a class hands in, without names, within bounds, and refuses everything else."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from asgi import Answer, ask
from maxpressure.app import desk as desk_file
from maxpressure.app.desk import ANIMALS, LONGEST_BODY, BusyError, Desk, csv_of
from maxpressure.app.desk_routes import DeskRoutes, Exercise
from maxpressure.app.figures.levers import setting_of_link
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case


def choices(exercise: int, step: int, ask: int) -> tuple[str, ...]:
    """One question has choices."""
    return ("more", "less") if (exercise, step, ask) == (4, 2, 1) else ()


HOSTILE = ("=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=\u202e1")
NUMBER = "00000000000000000000000000000007"
GUESS = {"kind": "guess", "setting": "campaign=1.4", "numbers": [[5, 12, 30]]}


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(case: Case, clock: Clock) -> Desk:
    def canonical(link: str) -> str:
        return setting_of_link(case, link).link()

    return Desk(
        canonical, choices, clock=clock, now=lambda: dt.datetime(2026, 11, 30, 9, 5, 7, tzinfo=dt.UTC)
    )


def body(desk: Desk, student: str = NUMBER, **fields: Any) -> bytes:
    return json.dumps({"code": desk.code, "student": student, **GUESS, **fields}).encode()


def numbered(index: int) -> str:
    return f"{index:032x}"


# ---- what is kept


def test_a_guess_is_kept_under_an_animal_and_no_number_of_the_tab(desk: Desk) -> None:
    answer = desk.hand_in(body(desk, seen="the record was seen", exercise=2, step=1))
    assert answer.alias in ANIMALS
    assert answer.setting == "scenario=max-pressure-2017&campaign=1.4"
    assert (answer.numbers, answer.at, answer.late) == (((5, 12, 30),), "09:05:07", False)
    assert NUMBER not in json.dumps(desk.private())


def test_a_second_answer_to_a_question_takes_the_place_of_the_first(desk: Desk) -> None:
    desk.hand_in(body(desk))
    desk.hand_in(body(desk, setting="campaign=1.40", numbers=[[1, 2, 3]]))
    desk.hand_in(body(desk, setting="campaign=0"))
    assert [answer.numbers[0] for answer in desk.answers] == [(5, 12, 30), (1, 2, 3)]


def test_every_student_has_another_alias(desk: Desk) -> None:
    aliases = [desk.hand_in(body(desk, numbered(index))).alias for index in range(desk_file.MOST_STUDENTS)]
    assert len(set(aliases)) == desk_file.MOST_STUDENTS
    assert desk.hand_in(body(desk, numbered(3))).alias == aliases[3]


def test_an_alias_follows_from_the_tab_alone(case: Case) -> None:
    two = [Desk(lambda link: setting_of_link(case, link).link(), choices) for _ in range(2)]
    assert len({one.hand_in(body(one)).alias for one in two}) == 1


def test_locked_pages_hold_back_until_the_reveal_after_which_answers_are_late(desk: Desk) -> None:
    assert desk.public() == {"held": False, "revealed": False, "students": 0}
    desk.lock()
    assert not desk.hand_in(body(desk)).late
    assert desk.public() == {"held": True, "revealed": False, "students": 1}
    desk.reveal()
    assert desk.hand_in(body(desk, setting="campaign=2")).late
    assert desk.public() == {"held": False, "revealed": True, "students": 1}


def test_clear_forgets_everything_and_takes_a_new_code(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.code
    desk.hand_in(body(desk))
    monkeypatch.setattr(desk_file, "_new_code", lambda: "0000")
    desk.clear()
    assert (desk.answers, desk.public()["students"], desk.code) == ([], 0, "0000")
    with pytest.raises(InputError, match="class code"):
        desk.hand_in(body(desk, code=before))


def test_answers_to_one_question_stand_together(desk: Desk) -> None:
    for index in range(3):
        desk.hand_in(body(desk, numbered(index)))
        desk.hand_in(body(desk, numbered(index), kind="choice", choice="more", exercise=4, step=2, ask=1))
    found = desk.private()["questions"]
    assert [(one["kind"], one["exercise"], len(one["answers"])) for one in found] == [
        ("guess", 0, 3),
        ("choice", 4, 3),
    ]


# ---- what is refused


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"code": "0"}, "class code"),
        ({"code": None}, "class code"),
        ({"code": "\ud800"}, "class code"),
        ({"student": "Anna"}, "student"),
        ({"student": 7}, "student"),
        ({"kind": "name"}, "kind"),
        ({"kind": ["guess"]}, "kind"),
        ({"name": "Anna"}, "answer"),
        ({"setting": "campaign=99"}, "Campaign"),
        ({"setting": "scenario=../../etc/passwd"}, "scenario"),
        ({"setting": 3}, "setting"),
        ({"second": "b=1"}, "lever"),
        ({"numbers": []}, "numbers"),
        ({"numbers": [[1, 2]]}, "numbers"),
        ({"numbers": [[3, 2, 1]]}, "numbers"),
        ({"numbers": [[1, 2, 501]]}, "numbers"),
        ({"numbers": [[-1, 2, 3]]}, "numbers"),
        ({"numbers": [[1, 2.5, 3]]}, "numbers"),
        ({"numbers": [[True, 2, 3]]}, "numbers"),
        ({"numbers": [[1, 2, 3]] * 6}, "numbers"),
        ({"numbers": "1 2 3"}, "numbers"),
        ({"kind": "range", "worlds": 11}, "worlds of ten"),
        ({"kind": "range"}, "worlds of ten"),
        ({"kind": "range", "worlds": 3, "numbers": [[1, 2, 3]] * 2}, "numbers"),
        ({"kind": "words", "words": "  "}, "words"),
        ({"kind": "words", "words": "a" * 601}, "words"),
        ({"kind": "choice"}, "choice"),
        ({"kind": "choice", "choice": "more"}, "choice"),
        ({"kind": "choice", "choice": "rude", "exercise": 4, "step": 2, "ask": 1}, "choice"),
        ({"ask": 13}, "ask"),
        ({"kind": "choice", "choice": {}}, "choice"),
        ({"exercise": 11}, "exercise"),
        ({"step": -1}, "step"),
        ({"step": "1"}, "step"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_leaves_nothing_behind(
    desk: Desk, fields: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError) as refused:
        desk.hand_in(body(desk, **fields))
    assert refused.value.key == key
    assert desk.private()["students"] == 0


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"7", b"{", b"\xff", b"[" * 3000, b"NaN", b'{"code": 1e999}', b"x" * (LONGEST_BODY + 1)],
)
def test_a_body_that_is_no_answer_is_refused(desk: Desk, sent: bytes) -> None:
    with pytest.raises(InputError):
        desk.hand_in(sent)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_any_value_in_any_field_is_taken_or_refused(case: Case, value: Any) -> None:
    desk = Desk(lambda link: setting_of_link(case, link).link(), choices)
    for field in desk_file.FIELDS:
        with suppress(InputError, BusyError):
            desk.hand_in(body(desk, **{field: value}))
    json.dumps(desk.private(), ensure_ascii=False).encode()


def test_more_students_than_a_class_are_refused_until_the_desk_is_cleared(desk: Desk) -> None:
    for index in range(desk_file.MOST_STUDENTS):
        desk.hand_in(body(desk, numbered(index)))
    with pytest.raises(InputError, match="at most 200"):
        desk.hand_in(body(desk, numbered(999)))
    desk.clear()
    desk.hand_in(body(desk, numbered(999)))


def test_one_student_hands_in_so_many_a_minute(desk: Desk, clock: Clock) -> None:
    for _ in range(desk_file.EACH_MINUTE):
        desk.hand_in(body(desk))
    clock.seconds = 20.0
    with pytest.raises(BusyError) as fault:
        desk.hand_in(body(desk))
    assert fault.value.seconds == 40
    desk.hand_in(body(desk, numbered(8)))
    clock.seconds = 60.0
    desk.hand_in(body(desk))


def test_a_class_hands_in_so_many_a_minute_also_of_what_is_refused(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_file, "ALL_MINUTE", 3)
    for index in range(3):
        with pytest.raises(InputError):
            desk.hand_in(body(desk, numbered(index), kind="none"))
    with pytest.raises(BusyError):
        desk.hand_in(body(desk))
    clock.seconds = 60.0
    desk.hand_in(body(desk))


def test_one_student_keeps_so_many_answers(desk: Desk, clock: Clock) -> None:
    for index in range(desk_file.MOST_EACH):
        clock.seconds += 10.0
        desk.hand_in(body(desk, setting=f"campaign={index / 50}"))
    with pytest.raises(InputError, match="at most 60"):
        desk.hand_in(body(desk, setting="campaign=2.5"))
    assert len(desk.answers) == desk_file.MOST_EACH


# ---- the table for marking


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cell_of_the_table_is_run_by_a_spreadsheet(desk: Desk, hostile: str) -> None:
    desk.hand_in(body(desk, kind="words", words=f"x{hostile}"))
    desk.hand_in(body(desk, kind="words", step=1, words=hostile))
    desk.hand_in(body(desk, kind="choice", exercise=4, step=2, ask=1, choice="more", seen=hostile))
    rows = list(csv.reader(io.StringIO(csv_of(desk.answers, lambda _: None).decode())))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r\n"))]


def test_the_table_has_numbers_and_scores(desk: Desk) -> None:
    desk.hand_in(body(desk, numbers=[[1, 2, 3], [4, 5, 6]]))
    desk.hand_in(body(desk, kind="range", worlds=8, numbers=[[-9, -4, 0]], second="campaign=0"))
    scores = {"guess": 4.25, "range": None}
    first, second = csv.DictReader(io.StringIO(csv_of(desk.answers, lambda one: scores[one.kind]).decode()))
    assert (first["low"], first["high"], float(first["score"]), first["worlds"]) == ("1 4", "3 6", 4.25, "")
    assert (second["low"], second["score"], float(second["worlds"])) == ("-9", "", 8)
    assert second["second"] == "scenario=max-pressure-2017&campaign=0"


# ---- its routes


class Client:
    """The routes, asked without a network."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    def get(self, address: str, **headers: str) -> Answer:
        path, _, query = address.partition("?")
        return asyncio.run(ask(self.app, path, query, **headers))

    def post(self, path: str, content: bytes = b"", **headers: str) -> Answer:
        return asyncio.run(ask(self.app, path, method="POST", body=content, **headers))


@pytest.fixture
def client(desk: Desk) -> Client:
    routes = DeskRoutes(
        desk,
        addresses=lambda: ["http://192.168.1.20:8900/", "http://[2001:db8::5]:8900/"],
        class_token="classtoken",
        exercises=[Exercise(number=2, title="Guess the wave", query="guide=2&step=1")],
    )
    return Client(Starlette(routes=routes.routes))


def posted(client: Client, content: bytes, kind: str = "application/json") -> Any:
    return client.post("/api/desk/hand-in", content, content_type=kind)


def test_a_student_hands_in_and_learns_the_alias(client: Client, desk: Desk) -> None:
    answer = posted(client, body(desk))
    assert answer.status == 200
    assert answer.json == {
        "alias": desk.answers[0].alias,
        "late": False,
        "held": False,
        "revealed": False,
        "students": 1,
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [(lambda sent: sent + b" " * LONGEST_BODY, 413), (lambda _: b"{}", 422), (lambda _: b"\xff", 422)],
)
def test_a_hand_in_that_is_none_is_refused_in_words(
    client: Client, desk: Desk, change: Callable[[bytes], bytes], status: int
) -> None:
    answer = posted(client, change(body(desk)))
    assert answer.status == status
    assert answer.json["error"]["said"].endswith(".")


def test_a_hand_in_says_that_it_is_json(client: Client, desk: Desk) -> None:
    assert posted(client, body(desk), "text/plain").status == 415


def test_too_many_hand_ins_are_told_when_to_come_again(client: Client, desk: Desk) -> None:
    for _ in range(desk_file.EACH_MINUTE):
        posted(client, body(desk))
    answer = posted(client, body(desk))
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


def test_what_has_not_changed_is_not_sent_again(client: Client, desk: Desk) -> None:
    for path in ("/api/desk", "/api/desk/all"):
        first = client.get(path)
        tagged = {"if_none_match": first.headers["etag"]}
        assert client.get(path, **tagged).status == 304
        desk.lock()
        again = client.get(path, **tagged)
        assert (again.status, again.json["held"]) == (200, True)
        desk.reveal()


def test_each_link_has_token_code_and_exercise_together(client: Client, desk: Desk) -> None:
    addresses = client.get("/api/desk/links").json["addresses"]
    assert [one["address"] for one in addresses] == [
        "http://192.168.1.20:8900/",
        "http://[2001:db8::5]:8900/",
    ]
    assert addresses[0]["links"] == [
        {
            "exercise": 0,
            "title": "The page",
            "link": f"http://192.168.1.20:8900/?token=classtoken&class={desk.code}",
        },
        {
            "exercise": 2,
            "title": "Guess the wave",
            "link": f"http://192.168.1.20:8900/?token=classtoken&class={desk.code}&guide=2&step=1",
        },
    ]


def test_a_qr_code_is_drawn_for_links_of_the_list_alone(client: Client) -> None:
    drawn = client.get("/api/desk/qr.svg?address=1&exercise=2")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in drawn.body
    assert b"script" not in drawn.body
    for asked in (
        "address=2",
        "address=-1",
        "address=9999999999",
        "exercise=9",
        "exercise=http://example.org",
    ):
        assert client.get(f"/api/desk/qr.svg?{asked}").status == 404


def test_the_teacher_locks_reveals_and_clears_by_post_alone(client: Client, desk: Desk) -> None:
    assert client.post("/api/desk/lock").json["held"]
    assert client.post("/api/desk/reveal").json["revealed"]
    assert client.get("/api/desk/clear").status == 405
    posted(client, body(desk))
    client.post("/api/desk/clear")
    assert desk.public() == {"held": False, "revealed": False, "students": 0}


def test_the_table_is_saved_and_kept_by_no_cache(client: Client, desk: Desk) -> None:
    posted(client, body(desk))
    saved = client.get("/api/desk/answers.csv")
    assert saved.headers["content-disposition"] == 'attachment; filename="answers.csv"'
    assert saved.headers["cache-control"] == "no-store"
    assert saved.body.startswith(b"alias,exercise,step,ask,kind,low,middle,high,")


def test_only_the_teacher_has_the_doors_to_answers_and_deeds(desk: Desk) -> None:
    routes = DeskRoutes(desk, addresses=list, class_token=None, exercises=())
    students = {door.path for door in routes.doors if not door.teacher}
    assert students == {"/api/desk", "/api/desk/hand-in"}
    assert {door.path for door in routes.doors} == {route.path for route in routes.routes}
