"""`harvester runs`: the last runs and how they ended."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from jobs.options import common_options, json_option


@click.command("runs")
@click.option("--last", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@json_option
@common_options
def command(count: int, as_json: bool, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Show the last runs, newest first. A run without an end was cut off; the next one finished its work.

    Example: harvester runs --last 5 --json
    """
    from harvester.errors import ConfigError
    from harvester.ledger import Ledger
    from jobs.loading import load
    from jobs.output import human_bytes, show_json
    from jobs.wiring import ledger_path

    config = load(options, config_file=config_file, verbose=verbose)
    path = ledger_path(config)
    if not path.exists():
        raise ConfigError(f"there is no ledger {path}", hint="run `harvester nightly`, or name the folder with --home")
    with Ledger(path) as ledger:
        runs = ledger.runs.last(count)
    summaries = [json.loads(each.summary) if each.summary else {} for each in runs]
    if as_json:
        facts = [{**asdict(run), "summary": summary or None} for run, summary in zip(runs, summaries, strict=True)]
        show_json({"runs": facts})
        return 0
    from rich.console import Console

    from jobs.tables import show_table

    rows = [
        (
            run.started_at[:19].replace("T", " "),
            run.command,
            "cut off or running" if run.exit_code is None else run.exit_code,
            summary.get("recordings_listed"),
            summary.get("files_archived"),
            summary.get("files_failed"),
            human_bytes(summary.get("bytes_downloaded", 0)),
            len(summary.get("gaps", [])),
        )
        for run, summary in zip(runs, summaries, strict=True)
    ]
    heads = ("started (UTC)", "command", "exit", "listed", "archived", "failed", "fetched", "gaps")
    show_table(Console(), "Runs", heads, rows)
    return 0
