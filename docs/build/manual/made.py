"""The tables of the manual that are made from the code, by the name in a page's mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from manual import api_pages, command_pages, evidence_tables, key_pages, protocol, short_forms, table_pages
from maxpressure.app.figures import glossary

MADE: Final[Mapping[str, Callable[[], str]]] = {
    "python": api_pages.python,
    "commands": command_pages.commands,
    "scenario-keys": key_pages.scenario_keys,
    "parameters": protocol.parameters,
    "parameter-beliefs": protocol.beliefs,
    "parameter-reasons": protocol.reasons,
    "state-variables": protocol.states,
    "patron-variables": protocol.patrons,
    "world-variables": protocol.worlds,
    "inputs": protocol.inputs,
    "weights": protocol.weights,
    "mandates": protocol.mandates,
    "courses": protocol.courses,
    "purposes": protocol.purposes,
    "column-kinds": table_pages.column_kinds,
    "evidence": evidence_tables.tables,
    "events": evidence_tables.events,
    "pressure": evidence_tables.pressure,
    "dated-inputs": evidence_tables.dated_inputs,
    "precision": evidence_tables.precision,
    "glossary": glossary.markdown,
    **short_forms.every(),
}
"""Each makes Markdown."""
