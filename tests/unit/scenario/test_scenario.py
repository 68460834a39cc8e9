"""What a scenario is, how one extends another, and what the shipped ones edit."""

from __future__ import annotations

import datetime as dt
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from maxpressure.base.paths import folder
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.evidence import Evidence, load_evidence
from maxpressure.evidence.parameters import parameter_names
from maxpressure.scenario import Dated, Scenario, Vocabulary, read_scenario, shipped_scenarios, vocabulary

Reader = Callable[..., Scenario]

ASKED_FOR = {
    "china-full-enforcement",
    "engagement-from-september",
    "max-pressure-2017",
    "no-campaign",
    "with-contagion",
    "no-september-test",
    "no-un-mandates",
    "russia-backfill",
    "un-only",
    "veto-at-the-council",
    "china-shields",
    "secondary-sanctions-full",
    "unused-levers-2016",
    "early-campaign-2016",
    "target-withdrawn",
    "target-courts",
    "patron-collapse",
    "rok-competition",
    "requests-to-best-ten",
    "more-tests",
    "summit-first",
}
SENDERS_STEPS = {
    "us_campaign_diplomacy",
    "us_designation",
    "us_executive_order",
    "rok_japan_measure",
    "eu_measure",
}
TESTS = {"nuclear_test", "icbm_test", "irbm_test", "other_missile_test"}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence(folder("calibration") / "evidence")


@pytest.fixture(scope="module")
def words(evidence: Evidence) -> Vocabulary:
    assumed = load_assumptions()
    return vocabulary(
        evidence,
        assumed.case,
        assumed.record,
        assumed.kinds,
        parameter_names(),
        shipped_scenarios(),
        evidence.requests,
    )


@pytest.fixture
def read(words: Vocabulary, tmp_path: Path) -> Reader:
    """Write one scenario file, or several by name, and read the last."""

    def written_and_read(text: str = "", name: str = "mine", **others: str) -> Scenario:
        for stem, content in {**others, name: text}.items():
            (tmp_path / f"{stem}.toml").write_text(content, encoding="utf-8", newline="")
        return read_scenario(tmp_path / f"{name}.toml", words)

    return written_and_read


# the value


def test_an_empty_file_is_the_record(read: Reader) -> None:
    assert read("").edits() == {}
    assert read("") == Scenario(name="mine", title="mine")


def test_without_a_title_a_scenario_is_called_by_its_file(read: Reader) -> None:
    assert read("", name="half_campaign").title == "half_campaign"
    assert read('extends = "no-campaign"').title == "mine"


def test_a_scenario_cannot_be_changed_down_to_its_leaves(read: Reader) -> None:
    scenario = read('[shift]\n"UNSCR 2375" = 7')
    with pytest.raises(ValidationError):
        scenario.title = "Another"
    with pytest.raises(ValidationError):
        scenario.campaign.scale = 0.0
    with pytest.raises(TypeError):
        scenario.shift["UNSCR 2375"] = 8
    with pytest.raises(TypeError):
        del scenario.shift["UNSCR 2375"]


def test_a_scenario_travels_between_processes_and_serves_as_a_key(words: Vocabulary) -> None:
    for name in shipped_scenarios():
        scenario = read_scenario(name, words)
        again = pickle.loads(pickle.dumps(scenario))
        assert again == scenario
        assert {scenario: name}[again] == name


def test_a_course_is_the_record_or_a_number_or_dated_steps(read: Reader) -> None:
    scenario = read(
        "secondary_sanctions = [{ from = 2017-01-02, level = 0.5 }, { from = 2017-09-25, level = 1 }]\n"
        "[china]\nenforcement = 1"
    )
    assert scenario.secondary_sanctions == (
        Dated.model_validate({"from": dt.date(2017, 1, 2), "level": 0.5}),
        Dated.model_validate({"from": dt.date(2017, 9, 25), "level": 1}),
    )
    assert [step.since for step in scenario.secondary_sanctions] == [
        dt.date(2017, 1, 2),
        dt.date(2017, 9, 25),
    ]
    assert scenario.china.enforcement == 1.0
    assert scenario.russia.enforcement == "record"


def test_the_longest_window_covers_the_record_of_inputs_to_its_last_whole_week(read: Reader) -> None:
    window = read("[window]\nweeks = 156").window
    assert window.end == dt.date(2018, 12, 31)
    assert window.end.weekday() == 0


def test_an_empty_list_of_those_asked_is_not_everybody(read: Reader) -> None:
    assert read("[requests]\nonly = []").requests.only == ()
    assert read("").requests.only is None


def test_a_file_saved_by_a_windows_editor_is_read(words: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf[campaign]\r\nscale = 0\r\n")
    assert read_scenario(path, words).campaign.scale == 0


def test_the_vocabulary_leaves_patrons_and_principals_out_of_the_third_states(words: Vocabulary) -> None:
    assert not {"CHN", "RUS", "USA", "KOR", "JPN", "PRK"} & words.states.keys()
    assert words.states["ESP"] == "Spain"
    assert (words.patrons["CHN"], words.principals["KOR"]) == ("China", "South Korea")
    assert words.inputs["Sixth nuclear test"] == dt.date(2017, 9, 3)
    assert (words.first, words.last) == (dt.date(2016, 1, 4), dt.date(2018, 12, 31))
    assert words.first.weekday() == 0


# one extends another


def test_a_child_replaces_single_keys_and_keeps_the_rest(read: Reader) -> None:
    child = read(
        'extends = "parent"\n[requests]\nlag_weeks = 1',
        parent="[requests]\nscale = 0.5\nlag_weeks = 2\n[campaign]\nscale = 0",
    )
    assert child.edits() == {"campaign": {"scale": 0.0}, "requests": {"scale": 0.5, "lag_weeks": 1}}


def test_a_child_adds_to_what_its_parents_remove(read: Reader) -> None:
    child = read(
        'extends = "parent"\nwithout = ["UNSCR 2375", "UNSCR 2371"]',
        parent='extends = "eldest"\nwithout = ["UNSCR 2397"]',
        eldest='without = ["UNSCR 2371"]',
    )
    assert set(child.without) == {"UNSCR 2371", "UNSCR 2375", "UNSCR 2397"}
    assert len(child.without) == 3


def test_a_childs_list_of_added_inputs_replaces_its_parents(read: Reader) -> None:
    added = 'add = [{{ date = 2017-06-01, kind = "thaw", name = "{}", reason = "A question." }}]'
    child = read('extends = "parent"\n' + added.format("Hers"), parent=added.format("His"))
    assert [entry.name for entry in child.add] == ["Hers"]


def test_a_child_may_return_to_the_record(read: Reader) -> None:
    assert read('extends = "no-campaign"\n[campaign]\nscale = 1\n[requests]\nscale = 1').edits() == {}


def test_a_child_inherits_no_words_about_its_parent(read: Reader) -> None:
    child = read('extends = "parent"', parent='title = "His"\nquestion = "His?"\nwhy = "His."')
    assert (child.title, child.question, child.why, child.extends) == ("mine", "", "", "parent")


def test_a_parent_in_the_same_folder_goes_before_a_shipped_one(read: Reader) -> None:
    assert read('extends = "no-campaign"').campaign.scale == 0
    assert read('extends = "no-campaign"', **{"no-campaign": "[campaign]\nscale = 3"}).campaign.scale == 3


def test_a_window_that_only_fits_its_parents_length_is_accepted(read: Reader) -> None:
    child = read('extends = "parent"\n[window]\nstart = 2018-01-01', parent="[window]\nweeks = 52")
    assert (child.window.start, child.window.weeks) == (dt.date(2018, 1, 1), 52)


def test_a_change_in_python_is_what_a_file_that_extends_would_say(read: Reader) -> None:
    parent = read('without = ["UNSCR 2371"]\n[requests]\nscale = 0.5\nlag_weeks = 2')
    changed = parent.but(name="child", without=["UNSCR 2375"], requests={"lag_weeks": 1})
    child = read(
        'extends = "mine"\nwithout = ["UNSCR 2375"]\n[requests]\nlag_weeks = 1',
        name="child",
        mine='without = ["UNSCR 2371"]\n[requests]\nscale = 0.5\nlag_weeks = 2',
    )
    assert changed.edits() == child.edits()
    assert parent.requests.lag_weeks == 2


# its text


@pytest.mark.parametrize("name", sorted(shipped_scenarios()))
def test_the_text_of_a_shipped_scenario_gives_it_back(name: str, words: Vocabulary, read: Reader) -> None:
    scenario = read_scenario(name, words)
    again = read(scenario.text(), name=name)
    assert again == scenario.but(extends=None)
    assert again.text() == scenario.text()


def test_two_files_that_say_the_same_have_the_same_text(read: Reader) -> None:
    one = read('[shift]\n"UNSCR 2375" = 7\n"UNSCR 2371" = 0\n[campaign]\nscale = 0\n[thaw]\nscale = 1.0')
    other = read('campaign = { scale = -0.0 }\nshift = { "UNSCR 2371" = 0, "UNSCR 2375" = 7 }')
    assert one == other
    assert one.text() == other.text()


def test_the_text_shows_edits_and_nothing_else(read: Reader) -> None:
    scenario = read(
        'extends = "with-contagion"\ntitle = "A \\"quoted\\" title"\n[window]\nstart = 2017-01-02'
    )
    assert scenario.text() == (
        'title = "A \\"quoted\\" title"\nquestion = ""\nwhy = ""\n\n'
        "[window]\nstart = 2017-01-02\n\n[mechanisms]\ncontagion = true\n"
    )


# the shipped ones


def test_the_scenarios_that_the_study_asks_for_ship() -> None:
    assert shipped_scenarios().keys() >= ASKED_FOR
    assert len(shipped_scenarios()) >= 18


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_has_a_title_one_question_and_a_paragraph_of_why(
    name: str, words: Vocabulary
) -> None:
    scenario = read_scenario(name, words)
    assert scenario.title != name
    assert scenario.question.endswith("?")
    assert scenario.question.count("?") == 1
    assert len(scenario.why.split()) > 25
    assert "\n\n" not in scenario.why.strip()


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_does_not_read_like_a_forecast(name: str) -> None:
    text = shipped_scenarios()[name].read_text(encoding="utf-8")
    assert not re.search(r"\b(will|forecast\w*|predict\w*|going to|likely)\b", text, re.IGNORECASE)


EDITS = {
    "max-pressure-2017": {},
    "no-campaign": {"campaign": {"scale": 0.0}, "requests": {"scale": 0.0}},
    "no-un-mandates": {"mandates": {"scale": 0.0}},
    "no-september-test": {"without": ["Sixth nuclear test", "UNSCR 2375"]},
    "china-full-enforcement": {"china": {"enforcement": 1.0}},
    "russia-backfill": {"russia": {"backfill": 0.15}},
    "with-contagion": {"mechanisms": {"contagion": True}},
    "secondary-sanctions-full": {"secondary_sanctions": 1.0},
    "veto-at-the-council": {"without": ["UNSCR 2371", "UNSCR 2375", "UNSCR 2397"]},
    "china-shields": {"china": {"enforcement": 0.0, "backfill": 0.15}},
    "target-withdrawn": {"target": {"courtship": "withdrawn"}},
    "target-courts": {"target": {"courtship": "courting"}},
    "full-granaries": {"target": {"courtship": "courting", "buffer": 1.0}},
    "no-killing-in-kuala-lumpur": {"without": ["Killing of Kim Jong Nam"]},
    "with-affinity": {"mechanisms": {"affinity": True}},
    "with-private-stake": {"mechanisms": {"dependence": True}},
    "no-attrition": {"mechanisms": {"attrition": False}},
    "override-risk-set": {"risk_set": "override"},
}


@pytest.mark.parametrize("name", EDITS)
def test_a_shipped_scenario_edits_what_its_question_names_and_nothing_else(
    name: str, words: Vocabulary
) -> None:
    assert read_scenario(name, words).edits() == EDITS[name]


def test_engagement_leaves_no_test_and_nobody_asked_after_the_sixth_test(
    evidence: Evidence, words: Vocabulary
) -> None:
    scenario = read_scenario("engagement-from-september", words)
    autumn = [row for row in evidence.pressure if dt.date(2017, 9, 4) <= row.date <= dt.date(2017, 12, 31)]
    left = [row for row in autumn if row.name not in scenario.without]
    assert not [row.name for row in left if row.kind in TESTS]
    assert not [
        row.name for row in left if row.kind in SENDERS_STEPS and set(row.targets) & words.states.keys()
    ]
    asked = [
        row.request_id
        for row in evidence.requests
        if dt.date(2017, 9, 4) <= row.date <= dt.date(2017, 12, 31)
        and row.strength
        and row.iso3 in words.states
    ]
    gone = {
        row.request_id
        for row in evidence.requests
        if {row.request_id, row.pressure_row} & {*scenario.without}
    }
    assert set(asked) <= gone
    assert "UNSCR 2375" in {row.name for row in left}


def test_engagement_is_the_thaw_of_2018_whole_and_17_weeks_earlier(
    evidence: Evidence, words: Vocabulary
) -> None:
    scenario = read_scenario("engagement-from-september", words)
    thaw = {row.name for row in evidence.pressure if row.kind in ("thaw", "summit")}
    assert dict(scenario.shift) == dict.fromkeys(thaw, -17 * 7)
    first = min(words.inputs[name] for name in thaw)
    assert first - dt.timedelta(weeks=17) == scenario.campaign.since == dt.date(2017, 9, 4)


def test_the_campaign_left_under_engagement_is_what_the_record_counts(
    evidence: Evidence, words: Vocabulary
) -> None:
    def steps(start: dt.date) -> int:
        end = start + dt.timedelta(weeks=17)
        return sum(row.kind in SENDERS_STEPS and start <= row.date < end for row in evidence.pressure)

    spring, autumn = steps(dt.date(2018, 1, 1)), steps(dt.date(2017, 9, 4))
    scenario = read_scenario("engagement-from-september", words)
    assert (spring, autumn) == (4, 26)
    assert scenario.campaign.scale == round(spring / autumn, 2)


# the page beside them


@pytest.fixture(scope="module")
def readme() -> str:
    return (folder("scenarios") / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_shipped_scenario_with_its_question(readme: str, words: Vocabulary) -> None:
    listed = dict(re.findall(r"^\| `([\w-]+)` \| (.+\?) \|$", readme, re.MULTILINE))
    assert listed == {name: read_scenario(name, words).question for name in shipped_scenarios()}


def test_the_readme_explains_every_key(readme: str) -> None:
    def keys(section: type[BaseModel]) -> list[tuple[str, type[BaseModel] | None]]:
        inner = [field.annotation for field in section.model_fields.values()]
        sections = [
            kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None for kind in inner
        ]
        names = [str(field.validation_alias or name) for name, field in section.model_fields.items()]
        return list(zip(names, sections, strict=True))

    for key, section in keys(Scenario):
        if key == "name":
            continue
        spelt = [f"`{key}.{inner}`" for inner, _ in keys(section)] if section else [f"`{key}`"]
        if key == "mechanisms":
            spelt = [f"`{inner}`" for inner, _ in keys(section)]
        assert [word for word in spelt if word not in readme] == []


def test_the_readmes_examples_are_scenarios(readme: str, read: Reader) -> None:
    examples = re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        assert read(example).edits()


def test_the_readme_names_every_kind_of_input_and_tie(readme: str, words: Vocabulary) -> None:
    assert [word for word in (*words.kinds, *words.ties) if f"`{word}`" not in readme] == []


# what it costs


def test_reading_scenarios_loads_none_of_the_heavy_libraries() -> None:
    code = "import sys, maxpressure.scenario; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pydantic" in loaded.split()
    assert not {"numpy", "pandas", "mesa", "numba", "scipy", "matplotlib", "pyarrow"} & set(loaded.split())
