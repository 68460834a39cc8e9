"""Scenarios: edits of the record as frozen values, their files, and how a bad one is refused.

Read in this order: `value` (the Scenario and how one extends another), `sections` (its parts, key by key),
`files` (reading TOML), `vocabulary` (the names that exist), `check` (names against that vocabulary),
`refusal` (how pydantic's complaints become ours), `toml_text` (writing TOML).
"""

from maxpressure.scenario.check import check
from maxpressure.scenario.fields import AddedInput, AddedRequest, Course, Dated, PatronCourse
from maxpressure.scenario.files import RECORD, read_lineage, read_scenario, scenarios_in, shipped_scenarios
from maxpressure.scenario.scenario import Scenario
from maxpressure.scenario.vocabulary import Vocabulary, vocabulary

__all__ = [
    "RECORD",
    "AddedInput",
    "AddedRequest",
    "Course",
    "Dated",
    "PatronCourse",
    "Scenario",
    "Vocabulary",
    "check",
    "read_lineage",
    "read_scenario",
    "scenarios_in",
    "shipped_scenarios",
    "vocabulary",
]
