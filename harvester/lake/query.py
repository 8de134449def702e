"""SQL over the lake for people we do not know: read only, nothing but the lake, within limits.

Decides what may run and on how much. Two fences: only a single SELECT (or its EXPLAIN) is accepted, and DuckDB itself
is told that no file outside the lake exists and that no setting can be changed any more.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from harvester.errors import ExitCode, Failed, HarvesterError
from schemas.dictionary import render_sql

MEMORY_LIMIT = "2GB"
SPILL_LIMIT = "8GB"
_ATTEMPTS = 3
_EXPLAIN = re.compile(r"\s*explain(\s+analyze\b|\s*\([^()]*\))?\s*", re.IGNORECASE)


class QueryRefused(HarvesterError):
    """The SQL is wrong, or asks for more than reading the lake."""

    exit_code = ExitCode.USAGE


class QueryStopped(HarvesterError):
    """The query ran into its limit of time or memory."""


def open_lake(
    lake: Path,
    *,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
    spill: Path | None = None,
    linked: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in which every table of the lake is a view, and which sees nothing else.

    `spill` is a folder of its own for what does not fit into memory; without it such a query fails. `linked` is a
    folder that links in the lake lead to.
    """
    lake = lake.resolve()
    if not lake.is_dir():
        raise Failed(
            f"there is no lake at {lake}", hint="`harvester nightly` writes it; HARVESTER_HOME says where it lies"
        )
    config: dict[str, str | int] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill) if spill else "",
        "max_temp_directory_size": SPILL_LIMIT,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
    }
    connection = duckdb.connect(config=config | ({"threads": threads} if threads else {}))
    try:
        pattern = _escape_pattern(str(lake))
        connection.execute(f"SET VARIABLE lake = {_quote(pattern)}")
        connection.execute(render_sql())
        # DuckDB holds the pattern itself against the allowed folders, hence both spellings
        folders = [str(lake), pattern, *([str(linked.resolve())] if linked else [])]
        connection.execute(f"SET allowed_directories = [{', '.join(map(_quote, folders))}]")
        # DuckDB draws it on stdout, into the answer, when a query takes more than two seconds
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def run_query(
    lake: Path,
    sql: str,
    *,
    parameters: Mapping[str, object] | None = None,
    timeout_s: float | None = None,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
) -> pa.Table:
    """The whole result of one read-only statement, its columns named apart; `parameters` are bound to its `$name`s.

    Raises QueryRefused for SQL that is wrong or not allowed, QueryStopped at a limit. A file that was replaced while
    being read fails the query, never falsifies it; such a query is run again, twice at most.
    """
    if not sql.isascii() and sql != sql.encode("utf-8", "replace").decode():
        raise QueryRefused("the SQL is not UTF-8 text", hint="write it in UTF-8; chr(233) stands for one character")
    for attempt in range(1, _ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(prefix="harvester-query-") as spill:
            connection = open_lake(lake, memory_limit=memory_limit, threads=threads, spill=Path(spill))
            try:
                check_statement(connection, sql)
                return _name_apart(execute_statement(connection, sql, parameters, timeout_s))
            except duckdb.IOException as error:
                if attempt == _ATTEMPTS:
                    raise Failed(
                        f"the lake cannot be read: {_sentence(error)}",
                        hint="run it again if a harvest is publishing, else run `harvester rebuild`",
                    ) from error
            finally:
                connection.close()
    raise AssertionError("unreachable")


def check_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises QueryRefused unless `sql` is one SELECT (also FROM, WITH, VALUES, DESCRIBE, SUMMARIZE), or its EXPLAIN."""
    kinds = _parse_kinds(connection, sql)
    if kinds == ["EXPLAIN"] and (explained := _EXPLAIN.match(sql)):
        # EXPLAIN ANALYZE runs what it explains, so that must be harmless too
        kinds = _parse_kinds(connection, sql[explained.end() :])
    if not kinds:
        raise QueryRefused("there is no SQL statement to run", hint="try: SELECT * FROM recordings LIMIT 10")
    if len(kinds) > 1:
        raise QueryRefused("only one statement at a time is run", hint="remove all but the first")
    if kinds == ["MULTI"]:
        raise QueryRefused(
            "this is run as several statements, of which only one is allowed",
            hint="name the values of a PIVOT: PIVOT t ON kind IN ('transcript', 'captions') USING count(*)",
        )
    if kinds != ["SELECT"]:
        raise QueryRefused(
            f"{kinds[0].replace('_', ' ')} is not allowed: the lake is read only",
            hint="ask with SELECT; `harvester query --format` writes results to a file",
        )


def _parse_kinds(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    try:
        sql.encode()
        return [statement.type.name for statement in connection.extract_statements(sql)]
    except UnicodeEncodeError:
        raise QueryRefused("the SQL is not UTF-8 text", hint="set the terminal or the file to UTF-8") from None
    except duckdb.Error as error:
        raise QueryRefused(_sentence(error)) from error


def execute_statement(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, object] | None,
    timeout_s: float | None,
) -> pa.Table:
    """Its whole result. Raises QueryRefused, QueryStopped, and DuckDB's IOException where a file was replaced."""
    alarm = threading.Timer(timeout_s, connection.interrupt) if timeout_s is not None else None
    if alarm:
        alarm.daemon = True
        alarm.start()
    try:
        return connection.sql(sql, params=parameters).to_arrow_table()
    except duckdb.IOException:
        raise
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
        reason = "memory" if isinstance(error, duckdb.OutOfMemoryException) else f"{timeout_s:g} s"
        raise QueryStopped(
            f"the query was stopped at its limit of {reason}", hint="narrow it, for example with WHERE date = ..."
        ) from error
    except duckdb.Error as error:
        raise QueryRefused(_sentence(error)) from error
    finally:
        if alarm:
            alarm.cancel()
            alarm.join()


def _name_apart(table: pa.Table) -> pa.Table:
    """`a, a` becomes `a, a_2`: JSON and pandas keep one value per name."""
    seen: Counter[str] = Counter()
    taken = set(table.column_names)
    names = []
    for name in table.column_names:
        seen[name] += 1
        unique = name
        while seen[name] > 1 and unique in taken:
            unique = f"{name}_{seen[name]}"
            seen[name] += unique in taken
        taken.add(unique)
        names.append(unique)
    return table.rename_columns(names)


def _sentence(error: duckdb.Error) -> str:
    return str(error).strip()


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escape_pattern(path: str) -> str:
    """A folder may be called `[a]*`; in a pattern that means something else."""
    return re.sub(r"([*?\[])", r"[\1]", path)
