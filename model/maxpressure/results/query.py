"""SQL over the tables of a result folder, by DuckDB: it sees them and nothing else, and has little time and memory."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.experiments.schema import TABLES

if sys.platform != "win32":
    import resource

MEMORY: Final = 2 << 30
"""Bytes that a query may take, and its answer."""

SECONDS: Final = 60.0
"""How long a query may take."""

SPILL: Final = "10GB"
CLOSED: Final[Mapping[str, Any]] = {
    "threads": 2,
    "memory_limit": f"{MEMORY >> 20}MiB",
    "max_temp_directory_size": SPILL,
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
"""No file, network, extension or Python variable can be reached from a query, and its memory has a limit."""

ANSWERS: Final = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI, duckdb.StatementType.EXPLAIN)
_ONE_AT_A_TIME: Final = threading.Lock()


def answer(sql: str, tables: Mapping[str, Any]) -> pd.DataFrame:
    """What one query over these tables gives, tables being anything of Arrow's that DuckDB can scan.

    Rows come in the order that the query asks for. Raises InputError, with DuckDB's own words, for what is no
    query or cannot be answered within `MEMORY` and `SECONDS`.
    """
    with tempfile.TemporaryDirectory(prefix="maxpressure-") as spill, limited_memory():
        connection = duckdb.connect(config={**CLOSED, "temp_directory": spill})
        late = threading.Timer(SECONDS, connection.interrupt)
        try:
            for name, table in tables.items():
                connection.register(name, table)
            connection.execute("SET lock_configuration = true")
            statements = connection.extract_statements(sql)
            if [statement.type in ANSWERS for statement in statements] != [True]:
                raise _refused(sql, "a single query, such as SELECT … FROM worlds")
            late.start()
            return connection.execute(statements[0]).df()
        except duckdb.InterruptException:
            raise _refused(sql, f"a query that is answered within {SECONDS:g} seconds") from None
        except (duckdb.OutOfMemoryException, MemoryError):
            allowed = f"a query that takes at most {MEMORY >> 20} MiB of memory and {SPILL} of the disk"
            raise _refused(sql, allowed) from None
        except (duckdb.Error, TypeError, UnicodeError) as fault:
            raise _refused(sql, f"SQL over {', '.join(TABLES)} ({_first_line(fault)})") from None
        finally:
            late.cancel()
            connection.close()


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let this process take no more than `MEMORY` bytes beyond what it has, one query at a time.

    DuckDB's own limit leaves out single values, such as ``repeat('x', 4000000000)``. Only Linux keeps this one.
    """
    with _ONE_AT_A_TIME:
        if not sys.platform.startswith("linux"):
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        most = 1024 * int(status.partition("VmData:")[2].split()[0]) + 2 * MEMORY
        if soft == resource.RLIM_INFINITY or most < soft:
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def named(sql: str) -> list[str]:
    """The tables that a query may read, since their names occur in it."""
    return [name for name in TABLES if name in sql.casefold()]


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0]


def _refused(sql: str, allowed: str) -> InputError:
    return InputError(file="results", key="query", given=sql, allowed=allowed)
