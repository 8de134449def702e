"""`harvester status`: the ledger at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option

if TYPE_CHECKING:
    from harvester.ledger import Ledger, RecordingRow

_SHOWN = 15


@click.command("status")
@json_option
@common_options
def command(as_json: bool, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Show what is archived, what is awaited (why, until when), what failed, and every day's coverage.

    Reads the ledger only; works while a harvest runs.

    Example: harvester status --json
    """
    from harvester.errors import ConfigError
    from harvester.ledger import Ledger
    from jobs.output import show_json
    from jobs.wiring import ledger_path, load

    config = load(options, config_file=config_file, verbose=verbose)
    path = ledger_path(config)
    if not path.exists():
        raise ConfigError(
            f"nothing was harvested into {config.harvester_home} yet: there is no ledger {path}",
            hint="run `harvester nightly`, or name the right folder with --home",
        )
    with Ledger(path) as ledger:
        facts = collect(ledger)
    if as_json:
        show_json(facts)
    else:
        _show(facts)
    return 0


def collect(ledger: Ledger) -> dict[str, Any]:
    """Everything the command says, as plain values."""
    return {
        "watermarks": {source: str(day) for source, day in ledger.watermarks().items()},
        "files": [
            {"kind": kind, "status": status, "files": files, "bytes": size}
            for (kind, status), (files, size) in sorted(ledger.reports.count_files().items())
        ],
        "owed": [
            {
                "recording_key": each.recording_key,
                "started_at": each.started_at,
                "transcript_status": each.transcript_status,
                "next_try_at": each.next_try_at,
                "attempts": each.attempts,
                "reason": _reason(each),
            }
            for each in ledger.reports.owed()
        ],
        "failed": [
            {
                "recording_key": each.recording_key,
                "file": each.file_key,
                "kind": each.kind,
                "status": each.status,
                "attempts": each.attempts,
                "error": each.error,
            }
            for each in ledger.reports.failed_files()
        ],
        "days": ledger.reports.count_days(),
    }


def _short(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _reason(row: RecordingRow) -> str:
    if row.last_error:
        return row.last_error
    if row.transcript_status == "pending":
        return "no transcript yet"
    return "still processing at the source" if row.entry_sha256 else "listed, not worked on yet"


def _show(facts: dict[str, Any]) -> None:
    from rich.console import Console

    from jobs.output import human_bytes
    from jobs.tables import show_table

    console = Console()
    for source, day in facts["watermarks"].items():
        console.print(f"{source}: listed completely up to {day} (UTC)", highlight=False)
    files = [(each["kind"], each["status"], each["files"], human_bytes(each["bytes"])) for each in facts["files"]]
    show_table(console, "Files", ("kind", "status", "files", "size"), files)
    days = [
        (
            each["date"],
            each["source"],
            each["recordings"],
            each["files_listed"],
            each["files_archived"],
            each["files_failed"],
            each["transcripts_available"],
            each["transcripts_pending"],
        )
        for each in facts["days"][-_SHOWN:]
    ]
    heads = ("date", "source", "recordings", "files", "archived", "failed", "transcripts", "awaited")
    show_table(console, f"Days (last {_SHOWN})", heads, days)
    owed = [
        (each["recording_key"], _short(each["started_at"]), _short(each["next_try_at"]), each["reason"])
        for each in facts["owed"][:_SHOWN]
    ]
    show_table(console, "Awaited", ("recording", "started", "next look", "why"), owed)
    failed = [
        (each["recording_key"], each["kind"], each["attempts"], each["error"]) for each in facts["failed"][:_SHOWN]
    ]
    show_table(console, "Failed", ("recording", "kind", "attempts", "why"), failed)
