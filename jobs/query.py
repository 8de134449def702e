"""`harvester query`: SQL over the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jobs.options import common_options

FORMATS = ("table", "csv", "json", "parquet")


@click.command("query")
@click.argument("sql")
@click.option("--format", "how", type=click.Choice(FORMATS), help="table on a terminal, csv elsewhere.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Stop after so many seconds.")
@common_options
def command(
    sql: str,
    how: str | None,
    output: Path | None,
    as_json: bool,  # noqa: FBT001 - click's calling convention
    timeout: float | None,
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Ask the lake in SQL (DuckDB), tables by name, `-` reads the SQL from stdin.

    Read-only: it can see nothing but the lake and change nothing at all.

    Example: harvester query "SELECT speaker_name, count(*) FROM segments GROUP BY ALL ORDER BY 2 DESC"
    """
    import sys

    from harvester.lake.format import format_csv, format_json, format_parquet, format_table
    from harvester.lake.query import run_query
    from jobs.loading import load

    config = load(options, config_file=config_file, verbose=verbose, bars=True)
    table = run_query(config.lake, sys.stdin.read() if sql == "-" else sql, timeout_s=timeout)
    to_terminal = output is None and sys.stdout.isatty()
    if to_terminal and how == "csv":
        raise click.UsageError("csv keeps control characters that a terminal would obey; add --output FILE or a pipe")
    how = "json" if as_json else how or ("table" if to_terminal else "csv")
    if how == "parquet":
        if to_terminal:
            raise click.UsageError("Parquet is no text for a terminal; add --output FILE")
        data = format_parquet(table)
    else:
        data = {"table": format_table, "csv": format_csv, "json": format_json}[how](table).encode()
    if output:
        from harvester.files import write_atomically

        write_atomically(output, data)
    else:
        click.echo(data, nl=not data.endswith(b"\n") and how != "parquet")
    return 0
