"""SQL over the tables of a result folder: DuckDB inside this process, seeing those tables and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any, Final

import duckdb
import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.experiments.schema import TABLES

THREADS: Final = 2
CLOSED: Final[Mapping[str, Any]] = {
    "threads": THREADS,
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
"""No file, network, extension or Python variable can be reached from a query."""

ANSWERS: Final = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI, duckdb.StatementType.EXPLAIN)


def answer(sql: str, tables: Mapping[str, Any]) -> pd.DataFrame:
    """What one query over these tables gives, tables being anything of Arrow's that DuckDB can scan.

    Rows come in the order that the query asks for. Raises InputError, with DuckDB's own words, for what is no
    query or cannot be answered.
    """
    with tempfile.TemporaryDirectory(prefix="maxpressure-") as spill:
        connection = duckdb.connect(config={**CLOSED, "temp_directory": spill})
        try:
            for name, table in tables.items():
                connection.register(name, table)
            connection.execute("SET lock_configuration = true")
            statements = connection.extract_statements(sql)
            if [statement.type in ANSWERS for statement in statements] != [True]:
                raise _refused(sql, "a single query, such as SELECT … FROM worlds")
            return connection.execute(statements[0]).df()
        except duckdb.Error as fault:
            raise _refused(sql, f"SQL over {', '.join(TABLES)} ({_first_line(fault)})") from None
        finally:
            connection.close()


def named(sql: str) -> list[str]:
    """The tables that a query may read, since their names occur in it."""
    return [name for name in TABLES if name in sql.casefold()]


def _first_line(fault: duckdb.Error) -> str:
    return str(fault).partition("\n")[0]


def _refused(sql: str, allowed: str) -> InputError:
    return InputError(file="results", key="query", given=sql, allowed=allowed)
