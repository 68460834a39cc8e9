"""Every way we know of getting a scenario wrong, with the message that the reader gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from maxpressure.base.errors import InputError
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.evidence import load_evidence
from maxpressure.evidence.parameters import parameter_names
from maxpressure.scenario import Scenario, Vocabulary, check, read_scenario, shipped_scenarios, vocabulary


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    evidence, assumed = load_evidence(), load_assumptions()
    return vocabulary(
        evidence, assumed.case, assumed.record, assumed.kinds, parameter_names(), shipped_scenarios(),
        evidence.requests,
    )  # fmt: skip


class Bad(NamedTuple):
    """A scenario's text, and the parts of the message that refuses it; `allowed` is how that part begins."""

    text: str
    key: str
    given: object
    allowed: str
    nearest: str = ""


A_DATE = "a date without quotes, such as 2017-09-04"
ON_RECORD = "a date from 2016-01-04 to 2018-12-31"
AN_INPUT = "the name of a dated input in pressure.csv"
A_STATE = "the ISO3 code of a third state"
A_COURSE = '"record", a number from 0 to 1, or a list of'
A_TEST = 'date = 2017-06-01, kind = "nuclear_test", name = "A test", reason = "A question."'

BAD = {
    # keys
    "a misspelt key": Bad(
        "[campain]\nscale = 0", "campain", "campain", "one of the keys name, title, question, why", "campaign"
    ),
    "a misspelt key in a table": Bad(
        "[requests]\nlag_week = 1",
        "requests.lag_week",
        "lag_week",
        "one of the keys scale, spare, only, lag_weeks, add",
        "lag_weeks",
    ),
    "a misspelt mechanism": Bad(
        "[mechanisms]\ncontagoin = false",
        "mechanisms.contagoin",
        "contagoin",
        "one of the keys contagion, own_acts",
        "contagion",
    ),
    "a misspelt key in a step": Bad(
        "[china]\nenforcement = [{ from = 2017-01-02, levle = 1 }]",
        "china.enforcement[0].levle",
        "levle",
        "one of the keys from, level",
        "level",
    ),
    "a misspelt key in an added input": Bad(
        f"add = [{{ {A_TEST}, targts = [] }}]",
        "add[0].targts",
        "targts",
        "one of the keys date, kind, name, targets, magnitude, forbids, reason",
        "targets",
    ),
    "a key that is spelt like nothing we know": Bad(
        "xyzzy = 1", "xyzzy", "xyzzy", "one of the keys name, title"
    ),
    "another name than the file's": Bad(
        'name = "hers"', "name", "hers", "mine, the name of the file, or no such key"
    ),
    "a missing key": Bad(
        'add = [{ date = 2017-06-01, name = "A test", reason = "A question." }]',
        "add[0].kind",
        "is missing",
        "a kind of dated input in quotes",
    ),
    "an override without its reason": Bad(
        "[parameters]\nbeta_shock = { value = 1 }",
        "parameters.beta_shock.reason",
        "is missing",
        "a sentence in quotes",
    ),
    "an override whose reason is blank": Bad(
        '[parameters]\nbeta_shock = { value = 1, reason = "  " }',
        "parameters.beta_shock.reason",
        "  ",
        "a sentence in quotes",
    ),
    # numbers, switches, words
    "not a number": Bad("[campaign]\nscale = nan", "campaign.scale", float("nan"), "a finite number"),
    "an infinite number": Bad(
        "[parameters]\nbeta_shock = { value = inf, reason = 'More.' }",
        "parameters.beta_shock.value",
        float("inf"),
        "a finite number",
    ),
    "a negative factor": Bad("[campaign]\nscale = -1", "campaign.scale", -1, "a number from 0 to 1000"),
    "a factor beyond reason": Bad(
        "[mandates]\nscale = 1e9", "mandates.scale", 1e9, "a number from 0 to 1000"
    ),
    "true for a number": Bad("[campaign]\nscale = true", "campaign.scale", True, "a number from 0 to 1000"),
    "a number for a switch": Bad("[mechanisms]\ncontagion = 0", "mechanisms.contagion", 0, "true or false"),
    "a number in quotes": Bad('[thaw]\nscale = "2"', "thaw.scale", "2", "a number from 0 to 1000"),
    "a share above one": Bad(
        "[russia]\nbackfill = 15", "russia.backfill", 15, '"record" or a number from 0 to 1'
    ),
    "a fraction of a week": Bad(
        "[window]\nweeks = 10.5", "window.weeks", 10.5, "a whole number of weeks from 1 to 156"
    ),
    "no weeks": Bad("[window]\nweeks = 0", "window.weeks", 0, "a whole number of weeks from 1 to 156"),
    "a lag beyond a month": Bad(
        "[requests]\nlag_weeks = 5", "requests.lag_weeks", 5, "a whole number of weeks from 0 to 4"
    ),
    "a request of no strength": Bad(
        "[requests]\nadd = [{ date = 2017-06-01, states = ['MEX'], strength = 0 }]",
        "requests.add[0].strength",
        0,
        "above 0, at most 1000",
    ),
    "a misspelt choice": Bad(
        '[target]\ncourtship = "withdrawing"',
        "target.courtship",
        "withdrawing",
        '"observed", "withdrawn" or "courting"',
        "withdrawn",
    ),
    "a misspelt word for a course": Bad(
        '[china]\nenforcement = "recrod"', "china.enforcement", "recrod", A_COURSE, "record"
    ),
    "a number for a table": Bad("campaign = 0", "campaign", 0, "a table with the keys scale, from"),
    "a table for a number": Bad(
        "[campaign.scale]\nvalue = 1", "campaign.scale", {"value": 1}, "a number from 0 to 1000"
    ),
    "a word for a list": Bad(
        'without = "UNSCR 2375"', "without", "UNSCR 2375", "a list of names of dated inputs in quotes"
    ),
    "a title of two lines": Bad('title = "One\\nTwo"', "title", "One\nTwo", "one line of text in quotes"),
    "a title that would colour the terminal": Bad(
        'title = "\\u001b[31mred"', "title", "\x1b[31mred", "text without control characters"
    ),
    "an unknown parameter": Bad(
        "[parameters]\nbeta_shok = { value = 1, reason = 'More.' }",
        "parameters.beta_shok",
        "beta_shok",
        "the name of a parameter",
        "beta_shock",
    ),
    "a share beyond one for a parameter": Bad(
        "[parameters]\nchi = { value = 7, reason = 'More.' }",
        "parameters.chi.value",
        7.0,
        "a number from 0 to 1",
    ),
    "a share of one tie below none": Bad(
        '[parameters]\n"psi.trade" = { value = -0.1, reason = "Less." }',
        "parameters.psi.trade.value",
        -0.1,
        "a number from 0 to 1",
    ),
    "a memory of no time": Bad(
        "[parameters]\ntau_shock = { value = 0, reason = 'Less.' }",
        "parameters.tau_shock.value",
        0.0,
        "a number from 0.1 to 5000",
    ),
    "an effect the wrong way round": Bad(
        "[parameters]\nbeta_mandate = { value = -3, reason = 'Less.' }",
        "parameters.beta_mandate.value",
        -3.0,
        "a number from 0 to 1000",
    ),
    # dates and the window
    "a number for a date": Bad("[campaign]\nfrom = 2017", "campaign.from", 2017, A_DATE),
    "a date in quotes": Bad('[campaign]\nfrom = "2017-09-04"', "campaign.from", "2017-09-04", A_DATE),
    "a date with an hour": Bad(
        "[campaign]\nfrom = 2017-09-04T12:00:00", "campaign.from", "2017-09-04T12:00:00", A_DATE
    ),
    "a start that is not a Monday": Bad(
        "[window]\nstart = 2017-01-04",
        "window.start",
        "2017-01-04",
        "a Monday, such as 2017-01-02 or 2017-01-09",
    ),
    "a start before the record": Bad(
        "[window]\nstart = 2015-12-28",
        "window.start",
        "2015-12-28",
        "a Monday from 2016-01-04 to before 2018-12-31",
    ),
    "a window that outlasts the record": Bad(
        "[window]\nstart = 2017-01-02\nweeks = 105",
        "window.weeks",
        105,
        "at most 104 weeks from 2017-01-02, since the record ends on 2018-12-31",
    ),
    "a day outside the record": Bad(
        "[campaign]\nfrom = 2019-01-01", "campaign.from", "2019-01-01", ON_RECORD
    ),
    "a listing outside the record": Bad("sst_listing = 2015-01-01", "sst_listing", "2015-01-01", ON_RECORD),
    "a step outside the record": Bad(
        "secondary_sanctions = [{ from = 2015-01-05, level = 1 }]",
        "secondary_sanctions[0].from",
        "2015-01-05",
        ON_RECORD,
    ),
    "steps in disorder": Bad(
        "[china]\nenforcement = [{ from = 2017-02-06, level = 0 }, { from = 2017-01-02, level = 1 }]",
        "china.enforcement[1].from",
        "2017-01-02",
        "a date after 2017-02-06",
    ),
    "no steps": Bad("[china]\ntrade = []", "china.trade", [], A_COURSE),
    "a step too high": Bad(
        "secondary_sanctions = [{ from = 2017-01-02, level = 2 }]",
        "secondary_sanctions[0].level",
        2,
        "a number from 0 to 1",
    ),
    # dated inputs
    "a misspelt input": Bad('without = ["UNSC 2375"]', "without[0]", "UNSC 2375", AN_INPUT, "UNSCR 2375"),
    "an input in small letters": Bad(
        '[scale]\n"sixth nuclear test" = 2',
        'scale."sixth nuclear test"',
        "sixth nuclear test",
        AN_INPUT,
        "Sixth nuclear test",
    ),
    "an input removed twice": Bad(
        'without = ["UNSCR 2371", "UNSCR 2375", "UNSCR 2371"]', "without[2]", "UNSCR 2371", "each entry once"
    ),
    "an input both removed and moved": Bad(
        'without = ["UNSCR 2375"]\n[shift]\n"UNSCR 2375" = 7',
        'shift."UNSCR 2375"',
        7,
        "an input that `without` does not remove",
    ),
    "an input both removed and scaled": Bad(
        'without = ["UNSCR 2375"]\n[scale]\n"UNSCR 2375" = 2',
        'scale."UNSCR 2375"',
        2.0,
        "an input that `without` does not remove",
    ),
    "an input moved off the record": Bad(
        '[shift]\n"Fourth nuclear test" = -3',
        'shift."Fourth nuclear test"',
        -3,
        "-2 to 1090 days, from 2016-01-04 to 2018-12-31 (it is of 2016-01-06)",
    ),
    "an input moved by part of a day": Bad(
        '[shift]\n"UNSCR 2375" = 0.5', 'shift."UNSCR 2375"', 0.5, "days as a whole number for each input"
    ),
    "an input moved by more days than there are": Bad(
        f'[shift]\n"UNSCR 2375" = {10**30}',
        'shift."UNSCR 2375"',
        10**30,
        "a whole number of at most 18 digits",
    ),
    "an unknown kind": Bad(
        "add = [{ " + A_TEST.replace("nuclear_test", "nuclear test") + " }]",
        "add[0].kind",
        "nuclear test",
        "one of nuclear_test, icbm_test",
        "nuclear_test",
    ),
    "an added input under a recorded name": Bad(
        "add = [{ " + A_TEST.replace("A test", "Sixth nuclear test") + " }]",
        "add[0].name",
        "Sixth nuclear test",
        "a name that no input of the record has",
    ),
    "two added inputs of one name": Bad(
        f"add = [{{ {A_TEST} }}, {{ {A_TEST} }}]",
        "add[1].name",
        "A test",
        "a name that no other added input has",
    ),
    "an added input outside the record": Bad(
        "add = [{ " + A_TEST.replace("2017", "2019") + " }]", "add[0].date", "2019-06-01", ON_RECORD
    ),
    "a test that forbids": Bad(
        f"add = [{{ {A_TEST}, forbids = {{ trade = 1 }} }}]",
        "add[0].forbids",
        {"trade": 1.0},
        'shares only where kind = "un_resolution"',
    ),
    "an unknown tie": Bad(
        "add = [{ " + A_TEST.replace("nuclear_test", "un_resolution") + ", forbids = { labor = 1 } }]",
        "add[0].forbids.labor",
        "labor",
        "one of the ties diplomatic, trade, finance, military, labour, travel",
        "labour",
    ),
    # states
    "a state by its name": Bad(
        '[requests]\nspare = ["Spain"]', "requests.spare[0]", "Spain", A_STATE, "ESP Spain"
    ),
    "a state by a misspelt name": Bad(
        '[requests]\nonly = ["MEX", "Etiopia"]', "requests.only[1]", "Etiopia", A_STATE, "ETH Ethiopia"
    ),
    "a state in small letters": Bad(
        '[requests]\nspare = ["esp"]', "requests.spare[0]", "esp", A_STATE, "ESP Spain"
    ),
    "a name in which the letters of a code stand in order": Bad(
        '[requests]\nspare = ["Spian"]', "requests.spare[0]", "Spian", A_STATE, "ESP Spain"
    ),
    "no state at all": Bad('[requests]\nspare = ["Q"]', "requests.spare[0]", "Q", A_STATE),
    "a patron asked": Bad(
        "[requests]\nadd = [{ date = 2017-06-01, states = ['MEX', 'CHN'] }]",
        "requests.add[0].states[1]",
        "CHN",
        f"{A_STATE}; CHN is a patron: its course is set in [china] or [russia], never by the rule",
    ),
    "a patron asked by name": Bad(
        '[requests]\nonly = ["China"]', "requests.only[0]", "China", f"{A_STATE}; CHN is a patron"
    ),
    "a principal as a state": Bad(
        '[requests]\nonly = ["USA"]',
        "requests.only[0]",
        "USA",
        f"{A_STATE}; USA is one of the principals: it presses and is not pressed",
    ),
    "the target among the targets": Bad(
        f"add = [{{ {A_TEST}, targets = ['PRK'] }}]",
        "add[0].targets[0]",
        "PRK",
        f"{A_STATE}; PRK is the target of the pressure",
    ),
    "a patron among the targets": Bad(
        f"add = [{{ {A_TEST.replace('nuclear_test', 'incident')}, targets = ['MEX', 'CHN'] }}]",
        "add[0].targets[1]",
        "CHN",
        f"{A_STATE}; CHN is a patron: its course is set in [china] or [russia], never by the rule",
    ),
    "a state both spared and asked": Bad(
        "[requests]\nspare = ['MYS']\nonly = ['MEX', 'MYS']",
        "requests.spare",
        "MYS",
        "a state that stands in spare or in only, not in both",
    ),
    "a request to nobody": Bad(
        "[requests]\nadd = [{ date = 2017-06-01, states = [] }]",
        "requests.add[0].states",
        [],
        "a list of at least one ISO3 code",
    ),
    "a request by somebody else": Bad(
        "[requests]\nadd = [{ date = 2017-06-01, states = ['MEX'], by = 'usa' }]",
        "requests.add[0].by",
        "usa",
        '"USA" or "KOR"',
        "USA",
    ),
    # what it extends
    "an unknown parent": Bad(
        'extends = "no-campain"',
        "extends",
        "no-campain",
        "the name of a scenario in the same folder",
        "no-campaign",
    ),
    "a parent by its path": Bad(
        'extends = "../no-campaign"', "extends", "../no-campaign", "the name of another scenario in quotes"
    ),
    "a scenario that extends itself": Bad(
        'extends = "mine"', "extends", "mine", "a scenario that does not lead back here (mine → mine)"
    ),
    # the file
    "not TOML": Bad('title = "Mine"\nwithout = [', "end of document", "without = [", "This is not TOML ("),
    "not TOML on a line": Bad("[campaign]\nscale 0", "line 2, column 7", "scale 0", "This is not TOML ("),
    "a key given twice": Bad(
        "risk_set = 'ex-ante'\nrisk_set = 'override'",
        "line 2, column 22",
        "risk_set = 'override'",
        "This is not TOML (",
    ),
    "lists nested without end": Bad(
        "title = " + "[" * 50_000, "file", "holds lists in lists without end", "TOML with fewer of them"
    ),
    "a key with thousands of parts": Bad(
        "a" + ".a" * 5000 + " = 1", "line 1", "a" + ".a" * 39 + "…", "a line with at most 500 dots"
    ),
    "a number of thousands of digits": Bad(
        "[window]\nweeks = 0x" + "f" * 9000,
        "window.weeks",
        "a whole number of more than 300 digits",
        "a whole number",
    ),
    "a file too long": Bad("#" * 100_000, "file", "has more than 100000 bytes", "a file of at most 100 kB"),
}


def refusal(path: Path, words: Vocabulary) -> InputError:
    with pytest.raises(InputError) as caught:
        read_scenario(path, words)
    return caught.value


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_scenario_is_refused_with_file_key_value_and_the_nearest_word(
    bad: Bad, words: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(bad.text + "\n", encoding="utf-8")
    error = refusal(path, words)
    assert (error.file, error.key, error.nearest) == (str(path), bad.key, bad.nearest)
    assert repr(error.given) == repr(bad.given)
    assert error.allowed.startswith(bad.allowed)


def test_the_message_says_all_of_it_in_two_lines(words: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('without = ["UNSC 2375"]', encoding="utf-8")
    assert str(refusal(path, words)) == (
        f"{path}: without[0] is 'UNSC 2375'. Allowed is the name of a dated input in pressure.csv.\n"
        "Did you mean 'UNSCR 2375'?"
    )


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(words: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes('question = "Why?"\ntitle = "Señal"\n'.encode("latin-1"))
    error = refusal(path, words)
    assert (error.key, error.given, error.allowed) == ("line 2", b"\xf1", "text in UTF-8")


def test_a_name_that_nothing_has_is_refused_with_the_nearest_shipped_one(words: Vocabulary) -> None:
    with pytest.raises(InputError) as caught:
        read_scenario("with-contagoin", words)
    error = caught.value
    assert (error.file, error.key, error.given) == ("with-contagoin", "scenario", "with-contagoin")
    assert error.nearest == "with-contagion"


@pytest.mark.parametrize("source", ["", ".", "\0", "x" * 5000, "nowhere/at-all.toml"])
def test_what_is_no_file_is_refused_and_never_a_crash(source: str, words: Vocabulary) -> None:
    with pytest.raises(InputError, match="the path of a file in TOML"):
        read_scenario(source, words)


def test_a_folder_is_refused(words: Vocabulary, tmp_path: Path) -> None:
    error = refusal(tmp_path, words)
    assert (error.file, error.key, error.given) == (str(tmp_path), "scenario", "is not a file")


def test_a_file_name_that_could_not_name_a_folder_of_results_is_refused(
    words: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "my scenario.toml"
    path.touch()
    error = refusal(path, words)
    assert (error.key, error.given) == ("name", "my scenario")
    assert error.allowed == "letters, digits, - and _, at most 80 of them"


def test_scenarios_that_extend_each_other_are_refused_with_the_whole_circle(
    words: Vocabulary, tmp_path: Path
) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "b")):
        (tmp_path / f"{name}.toml").write_text(f'extends = "{parent}"', encoding="utf-8")
    error = refusal(tmp_path / "a.toml", words)
    assert (error.file, error.key) == (str(tmp_path / "c.toml"), "extends")
    assert "(a → b → c → b)" in error.allowed


def test_a_mistake_in_a_parent_is_reported_in_the_parents_file(words: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text('without = ["UNSCR 2371", "UNSCR 9"]', encoding="utf-8")
    (tmp_path / "child.toml").write_text('extends = "parent"\nwithout = ["UNSCR 2375"]', encoding="utf-8")
    error = refusal(tmp_path / "child.toml", words)
    assert (error.file, error.key) == (str(tmp_path / "parent.toml"), "without[1]")


def test_a_child_is_refused_where_it_contradicts_its_parent(words: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text('without = ["UNSCR 2371"]', encoding="utf-8")
    (tmp_path / "child.toml").write_text('extends = "parent"\n[shift]\n"UNSCR 2371" = 7', encoding="utf-8")
    error = refusal(tmp_path / "child.toml", words)
    assert (error.file, error.key) == (str(tmp_path / "child.toml"), 'shift."UNSCR 2371"')


def test_a_change_in_python_is_refused_like_a_line_in_a_file() -> None:
    with pytest.raises(InputError) as caught:
        Scenario(name="mine").but(campaign={"scael": 0})
    error = caught.value
    assert (error.file, error.key, error.nearest) == ("scenario mine", "campaign.scael", "scale")


@pytest.mark.parametrize(
    "change", [{"without": "UNSCR 2371"}, {"shift": None}, {"shift": {1: 1}}, {"name": "../x"}]
)
def test_no_change_in_python_gets_round_the_checks(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Scenario(without=("UNSCR 2375",)).but(**change)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"why": "a\u202eb"}, "why"),
        ({"why": "so." * 501}, "why"),
        ({"without": ["UNSCR 2371", "a\x1b"]}, "without[1]"),
        ({"shift": {"a\u200b": 1}}, "shift"),
        ({"parameters": {"chi": {"value": 0.1, "reason": "a\xadb"}}}, "parameters.chi.reason"),
        ({"parameters": {"chi": {"value": 0.1, "reason": "so." * 501}}}, "parameters"),
    ],
)
def test_a_change_in_python_that_no_file_could_hold_is_refused(change: dict[str, object], key: str) -> None:
    with pytest.raises(InputError) as caught:
        Scenario(name="mine").but(**change)
    assert (caught.value.file, caught.value.key) == ("scenario mine", key)


def test_names_are_checked_for_a_scenario_made_in_python_too(words: Vocabulary) -> None:
    changed = Scenario(name="mine").but(requests={"spare": ["Spain"]})
    with pytest.raises(InputError) as caught:
        check(changed, words)
    assert (caught.value.file, caught.value.nearest) == ("scenario mine", "ESP Spain")


def test_the_window_of_a_scenario_made_in_python_is_checked_too(words: Vocabulary) -> None:
    check(Scenario().but(window={"weeks": 156}), words)
    with pytest.raises(InputError, match="at most 155 weeks"):
        check(
            Scenario().but(window={"weeks": 156}),
            replace(words, last=Scenario().window.start.replace(2018, 12, 24)),
        )
