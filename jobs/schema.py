"""`harvester schema`: the data dictionary."""

from __future__ import annotations

import click

from jobs.options import json_option


@click.command("schema")
@click.option("--sql", "as_sql", is_flag=True, help="DuckDB views over the lake instead.")
@json_option
def command(as_sql: bool, as_json: bool) -> int:  # noqa: FBT001 - click's calling convention
    """Print every table and column of the lake: type, unit, key, whether it may be null, what it means.

    Example: harvester schema --sql > views.sql
    """
    from schemas.dictionary import render_json, render_sql, render_text

    if as_sql and as_json:
        raise click.UsageError("--sql and --json exclude each other")
    click.echo(render_sql() if as_sql else render_json() if as_json else render_text(), nl=False)
    return 0
