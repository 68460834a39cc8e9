"""The commands on the library: what they print, what they write, what they refuse."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maxpressure.cli.main import app
from maxpressure.model.case import Case
from maxpressure.model.edits import edits_in_words
from maxpressure.model.library import EXAMPLES, allowed, described
from maxpressure.scenario import shipped_scenarios
from maxpressure.scenario.check import ASKED, REASONED


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scenarios", *arguments])


# ---- the list


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_the_bare_command_lists_every_scenario_with_its_question_within_the_terminal(
    case: Case, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    said = call().stdout
    assert max(map(len, said.splitlines())) <= int(width)
    plain = " ".join(said.split())
    for name in shipped_scenarios():
        assert f"{name} {case.scenario(name).question}" in plain
    assert f"{len(shipped_scenarios())} scenarios" in plain


def test_help_teaches_with_examples_and_exit_codes() -> None:
    for command in ([], ["show"], ["new"], ["check"]):
        said = call(*command, "--help").stdout
        assert "Examples:" in said
        assert "Exit codes" in said
    assert call("shw").exit_code == 2


# ---- one of them


def test_showing_one_prints_title_question_why_and_an_edit_that_can_be_copied(case: Case) -> None:
    said = call("show", "veto-at-the-council").stdout
    scenario = case.scenario("veto-at-the-council")
    for words in (scenario.title, scenario.question, " ".join(scenario.why.split())):
        assert words in " ".join(said.split())
    toml = said.partition("# what it edits, against max-pressure-2017\n")[2]
    assert tomllib.loads(toml) == scenario.edits()


def test_a_longer_chain_is_shown_against_the_parent_and_against_the_record(case: Case) -> None:
    said = call("show", "patrons-played-off").stdout
    own, _, whole = said.partition("# what it edits, against patron-collapse\n")[2].partition("# all that")
    assert tomllib.loads(own) == {"russia": {"backfill": 0.15}, "target": {"courtship": "courting"}}
    assert "against the record (by way of patron-collapse, max-pressure-2017)" in whole
    assert tomllib.loads(whole.partition("\n")[2]) == case.scenario("patrons-played-off").edits()


def test_the_record_is_shown_as_editing_nothing() -> None:
    assert "edits nothing" in call("show", "max-pressure-2017").stdout


def test_a_misspelt_name_is_refused_with_the_nearest() -> None:
    refused = call("show", "no-campain")
    assert refused.exit_code == 2
    assert "Did you mean 'no-campaign'?" in refused.stderr


# ---- a new one


def test_a_new_scenario_is_its_parent_and_passes_the_check_as_written(case: Case) -> None:
    assert call("new", "mine", "--from", "no-campaign").exit_code == 0
    written = case.scenario("mine.toml")
    assert written.edits() == case.scenario("no-campaign").edits()
    untouched = call("check", "mine.toml")
    assert untouched.exit_code == 2
    assert "mine.toml: question still has the text of a new file" in untouched.stderr
    run = CliRunner().invoke(app, ["run", "mine.toml", "--worlds", "1"])
    assert (run.exit_code, run.stderr) == (2, untouched.stderr.splitlines(keepends=True)[0])
    assert not Path("outputs").exists()
    Path("mine.toml").write_text(
        Path("mine.toml").read_text(encoding="utf-8").replace(ASKED, "Who?").replace(REASONED, "Because."),
        encoding="utf-8",
    )
    checked = call("check", "mine.toml")
    assert (checked.exit_code, checked.stdout) == (
        0,
        "mine.toml: OK. It extends no-campaign. It edits nothing.\n",
    )


def test_the_check_says_in_words_what_moved_went_came_and_changed() -> None:
    Path("mine.toml").write_text(
        """extends = "no-campaign"
without = ["UNSCR 2371"]
shift = { "UNSCR 2375" = -28 }
scale = { "Hwasong-15" = 0.5 }
[[add]]
date = 2017-06-01
kind = "nuclear_test"
name = "One more test"
reason = "asked"
[thaw]
scale = 2.0
[campaign]
scale = 0.5
[[requests.add]]
date = 2017-07-03
states = ["ITA", "ESP"]
[parameters]
beta_shock = { value = 0.0, reason = "asked" }
""",
        encoding="utf-8",
    )
    checked = call("check", "mine.toml", "--json")
    assert checked.exit_code == 0, checked.stderr
    (answer,) = json.loads(checked.stdout)["files"]
    assert (answer["fine"], answer["extends"]) == (True, "no-campaign")
    assert sorted(answer["says"]) == [
        "adds One more test, nuclear_test, on 1 June 2017",
        "adds a request to ITA and ESP on 3 July 2017",
        "counts Hwasong-15 (29 November 2017) 0.5 times",
        "moves UNSCR 2375 from 11 September 2017 to 14 August 2017, 28 days earlier",
        "removes UNSCR 2371 (5 August 2017)",
        "sets campaign.scale to 0.5, in place of 0",
        "sets thaw.scale to 2, in place of 1",
        "sets the parameter beta_shock to 0",
    ]


def test_every_shipped_edit_is_said_in_words(case: Case) -> None:
    for name in shipped_scenarios():
        found = described(case, name)
        for phrase in edits_in_words(case, found):
            assert phrase.startswith(("removes ", "moves ", "counts ", "adds ", "sets ")), phrase
            assert "{" not in phrase


def test_the_list_and_one_of_them_can_be_had_as_json() -> None:
    listed = json.loads(call("--json").stdout)
    assert [one["name"] for one in listed["scenarios"]].count("no-campaign") == 1
    assert len(listed["scenarios"]) == len(shipped_scenarios())
    shown = json.loads(call("show", "no-september-test", "--json").stdout)
    assert shown["edits"] == {"without": ["Sixth nuclear test", "UNSCR 2375"]}
    refused = call("show", "no-spetember-test", "--json")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_the_nearest_name_may_be_that_of_a_file_here() -> None:
    Path("my-scenario.toml").write_text("")
    assert "Did you mean 'my-scenario.toml'?" in call("check", "my-scneario.toml").stderr
    assert "Did you mean 'no-september-test'?" in call("check", "no-spetember-test").stderr


def test_every_key_of_a_new_scenario_can_be_uncommented(case: Case) -> None:
    call("new", "mine")
    text = Path("mine.toml").read_text(encoding="utf-8")
    Path("mine.toml").write_text(re.sub(r"(?m)^#(?! |$)", "", text), encoding="utf-8")
    edits = case.scenario("mine.toml").edits()
    assert set(edits) == {key.partition(".")[0] for key, _ in EXAMPLES}
    assert edits["campaign"].keys() == {"scale", "from"}


def test_each_key_of_a_new_scenario_says_what_is_allowed_in_the_words_of_a_refusal() -> None:
    call("new", "mine")
    text = Path("mine.toml").read_text(encoding="utf-8")
    for key, _ in EXAMPLES:
        assert f" # {allowed(key)}\n" in text
    Path("wrong.toml").write_text("[campaign]\nscale = -1", encoding="utf-8")
    assert f"Allowed is {allowed('campaign.scale')}." in call("check", "wrong.toml").stderr


def test_a_new_scenario_may_start_from_a_file_beside_it(case: Case) -> None:
    Path("half.toml").write_text("[campaign]\nscale = 0.5", encoding="utf-8")
    assert call("new", "mine", "--from", "half").exit_code == 0
    assert case.scenario("mine.toml").campaign.scale == 0.5


def test_a_new_scenario_never_replaces_a_file() -> None:
    Path("mine.toml").write_text("mine", encoding="utf-8")
    refused = call("new", "mine")
    assert refused.exit_code == 2
    assert "there already" in refused.stderr
    assert Path("mine.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-campaign"], "no shipped scenario has"),
        (["a/b"], "letters, digits, - and _"),
        (["mine", "--from", "no-campain"], "Did you mean 'no-campaign'?"),
        (["mine", "--from", "sub/other"], "the name of another scenario"),
        (["mine", "--from", "mine"], "not the parent's"),
    ],
)
def test_a_name_or_parent_that_cannot_be_is_refused_and_nothing_written(
    arguments: list[str], said: str
) -> None:
    refused = call("new", *arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert list(Path().rglob("*.toml")) == []


# ---- is mine right


def test_every_file_is_checked_whatever_is_wrong_with_another() -> None:
    Path("wrong.toml").write_text("[campain]\nscale = 0", encoding="utf-8")
    Path("right.toml").write_text('extends = "no-campaign"\n[thaw]\nscale = 2.0', encoding="utf-8")
    checked = call("check", "wrong.toml", "right.toml", "un-only")
    assert checked.exit_code == 2
    assert (
        "right.toml: OK. It extends no-campaign.\n  sets thaw.scale to 2, in place of 1\n" in checked.stdout
    )
    assert "un-only: OK." in checked.stdout
    for words in ("wrong.toml", "campain", "Allowed is one of the keys", "Did you mean 'campaign'?"):
        assert words in checked.stderr
