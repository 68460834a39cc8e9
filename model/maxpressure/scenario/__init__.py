"""Scenarios: edits of the record as frozen values.

It may import `evidence` and `base`. Read in this order: `scenario` (the Scenario, and how one extends another),
`fields` (its parts, key by key), `check` (the names that exist, and a scenario checked against them), `files` (reading
TOML). It hands out:

- `Scenario`, `AddedInput`, `AddedRequest`, `Course`, `Dated`, `PatronCourse`: the value and its parts
- `as_wanted`: a number of a table or a sweep as a dotted key of a scenario holds it
- `read_scenario`, `read_lineage`: a file with all that it extends merged in
- `scenarios_in`, `shipped_scenarios`: files by name; `RECORD`: the name of the record itself
- `Vocabulary`, `vocabulary`, `check`: the names that a scenario may use, and their check
"""

from maxpressure.scenario.check import Vocabulary, check, vocabulary
from maxpressure.scenario.fields import AddedInput, AddedRequest, Course, Dated, PatronCourse
from maxpressure.scenario.files import RECORD, read_lineage, read_scenario, scenarios_in, shipped_scenarios
from maxpressure.scenario.scenario import Scenario, as_wanted

__all__ = [
    "RECORD",
    "AddedInput",
    "AddedRequest",
    "Course",
    "Dated",
    "PatronCourse",
    "Scenario",
    "Vocabulary",
    "as_wanted",
    "check",
    "read_lineage",
    "read_scenario",
    "scenarios_in",
    "shipped_scenarios",
    "vocabulary",
]
