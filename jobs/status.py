"""`harvester status`: everything an operator asks first, on one screen."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import Console

    from harvester.config import Config
    from harvester.ledger import Ledger, RecordingRow

_SHOWN = 5
_DAYS = 7
_SOON = timedelta(days=7)
"""What its source deletes within this time, and is not here, is said."""


@click.command("status")
@click.option("--all", "show_all", is_flag=True, help="Every row of every list.")
@json_option
@common_options
def command(
    show_all: bool,  # noqa: FBT001 - click's calling convention
    as_json: bool,  # noqa: FBT001
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Show the last runs, what is archived, awaited (why, until when) and failed (with what to do), days and disk.

    Reads the ledger only; works while a harvest runs.

    Example: harvester status --json
    """
    from harvester.errors import ConfigError
    from harvester.ledger import Ledger
    from jobs.loading import load
    from jobs.output import show_json
    from jobs.wiring import ledger_path

    config = load(options, config_file=config_file, verbose=verbose)
    path = ledger_path(config)
    if not path.exists():
        raise ConfigError(
            f"nothing was harvested into {config.harvester_home} yet: there is no ledger {path}",
            hint="run `harvester nightly`, or name the right folder with --home",
        )
    with Ledger(path) as ledger:
        facts = collect(config, ledger)
    if as_json:
        show_json(facts)
    else:
        _show(facts, None if show_all else _SHOWN, None if show_all else _DAYS)
    return 0


def collect(config: Config, ledger: Ledger) -> dict[str, Any]:
    """Everything the command says, as plain values."""
    from harvester.clock import SystemClock
    from harvester.files import nearest_existing
    from harvester.ledger import lock_holder
    from harvester.pipeline.causes import group_by_cause

    failed = ledger.reports.failed_files()
    runs = {each.run_id: each for each in [*ledger.runs.last(1), *ledger.runs.last_finished()]}.values()
    newest: dict[str, Any] = next(
        (json.loads(each.summary) for each in ledger.runs.last_finished("nightly") if each.summary), {}
    )
    oldest_event = ledger.inbox.oldest_waiting()
    return {
        "running": lock_holder(config.state),
        "runs": [
            {"command": each.command, "started_at": each.started_at, "exit_code": each.exit_code}
            for each in sorted(runs, key=lambda each: each.started_at, reverse=True)
        ],
        "gaps": newest.get("gaps", []),
        "watermarks": {source: str(day) for source, day in ledger.watermarks().items()},
        "files": [
            {"kind": kind, "status": status, "files": files, "bytes": size}
            for (kind, status), (files, size) in sorted(ledger.reports.count_files().items())
        ],
        **_collect_recordings(ledger, now=SystemClock().now()),
        "events": {**ledger.inbox.counts(), "oldest_waiting": oldest_event.isoformat() if oldest_event else None},
        "causes": [asdict(each) for each in group_by_cause(failed)],
        "failed": [
            {
                "recording_key": each.recording_key,
                "file": each.file_key,
                "kind": each.kind,
                "status": each.status,
                "attempts": each.attempts,
                "error": each.error,
            }
            for each in failed
        ],
        "days": ledger.reports.count_days(),
        "disk_free_bytes": shutil.disk_usage(nearest_existing(config.archive)).free,
    }


def _collect_recordings(ledger: Ledger, *, now: datetime) -> dict[str, Any]:
    """What is not all here: awaited, about to be deleted at its source, and owed a look."""
    owed = ledger.reports.owed()
    awaited = [each for each in owed if each.transcript_status == "pending"]
    return {
        "transcripts_awaited": {
            "recordings": len(awaited),
            "since": min((each.started_at for each in awaited), default=None),
            "next_look": min((each.next_try_at for each in awaited if each.next_try_at), default=None),
        },
        "expiring": [
            {"recording_key": each.recording_key, "expires_at": each.expires_at, "reason": _reason(each, ledger)}
            for each in ledger.reports.expiring(now + _SOON)
        ],
        "owed": [
            {
                "recording_key": each.recording_key,
                "started_at": each.started_at,
                "transcript_status": each.transcript_status,
                "next_try_at": each.next_try_at,
                "attempts": each.attempts,
                "reason": _reason(each, ledger),
            }
            for each in owed
        ],
    }


def _short(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else ""


def _reason(row: RecordingRow, ledger: Ledger) -> str:
    if row.last_error:
        return row.last_error
    if row.transcript_status == "pending":
        return "no transcript yet"
    from harvester.model import FileStatus

    if not row.entry_sha256:
        return "listed, not worked on yet"
    said = (each.error for each in ledger.files(row.recording_key).values() if each.status == FileStatus.PENDING)
    return next(filter(None, said), "still processing at the source")


def _show(facts: dict[str, Any], most: int | None, most_days: int | None) -> None:
    from rich.console import Console

    console = Console()
    for line in _describe(facts):
        console.print(line, highlight=False, markup=False)
    _show_files(console, facts["files"])
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
        for each in facts["days"]
    ]
    heads = ("date", "source", "recordings", "files", "archived", "failed", "transcripts", "awaited")
    # a day of long ago with a gap is of more use than one of last week without
    chosen = [each for each in days[: -most_days or None] if each[5] or each[7]] if most_days else []
    _show_list(console, "Days", heads, [*chosen, *days[-most_days:]] if most_days else days, None, len(days))
    owed = [
        (each["recording_key"], _short(each["started_at"]), _short(each["next_try_at"]), each["reason"])
        for each in facts["owed"]
    ]
    _show_list(console, "Awaited", ("recording", "started", "next look", "why"), owed, most)
    causes = [(each["files"], each["status"], each["reason"], each["remedy"]) for each in facts["causes"]]
    _show_list(console, "Failed", ("files", "status", "why", "what to do"), causes, most)


def _describe(facts: dict[str, Any]) -> list[str]:
    """The first lines: now, the last runs, what is listed, awaited and waiting, the disk."""
    from jobs.output import human_bytes

    lines = [f"at work now: process {facts['running']}"] if facts["running"] else []
    for run in facts["runs"]:
        code = "cut off or running" if run["exit_code"] is None else f"exit code {run['exit_code']}"
        lines.append(f"{_short(run['started_at'])} UTC  {run['command']}: {code}")
    lines += [f"{source}: listed completely up to {day} (UTC)" for source, day in facts["watermarks"].items()]
    lines += [f"gap: {each}" for each in facts["gaps"][:_SHOWN]]
    awaited = facts["transcripts_awaited"]
    if awaited["recordings"]:
        since, look = _short(awaited["since"]), _short(awaited["next_look"])
        lines.append(f"{awaited['recordings']} transcripts awaited, the oldest of {since}; next look {look} UTC")
    expiring = facts["expiring"]
    if expiring:
        first = f"{expiring[0]['recording_key']} on {_short(expiring[0]['expires_at'])} UTC"
        lines.append(f"{len(expiring)} recordings are deleted at their source within 7 days and not all here; {first}")
    events = facts["events"]
    if events.get("waiting") or events.get("dead"):
        waiting, dead = events.get("waiting", 0), events.get("dead", 0)
        since = f" since {_short(events['oldest_waiting'])}" if events["oldest_waiting"] else ""
        lines.append(f"events: {waiting} waiting{since}, {dead} given up (`harvester events list --state dead`)")
    return [*lines, f"{human_bytes(facts['disk_free_bytes'])} free"]


def _show_files(console: Console, files: Sequence[dict[str, Any]]) -> None:
    """One line a kind; statuses that do not occur have no column."""
    from jobs.output import human_bytes
    from jobs.tables import show_table

    statuses = sorted({each["status"] for each in files}, key=lambda each: (each != "archived", each))
    counts = {(each["kind"], each["status"]): each["files"] for each in files}
    sizes = {kind: sum(each["bytes"] for each in files if each["kind"] == kind) for kind, _ in counts}
    rows = [(kind, *(counts.get((kind, status)) for status in statuses), human_bytes(sizes[kind])) for kind in sizes]
    show_table(console, "Files", ("kind", *statuses, "size"), rows)


def _show_list(
    console: Console,
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[object]],
    most: int | None,
    total: int | None = None,
) -> None:
    from jobs.tables import show_table

    shown = rows[:most]
    total = len(rows) if total is None else total
    more = f" ({len(shown)} of {total}; --all shows the rest)" if len(shown) < total else ""
    show_table(console, f"{title}{more}", heads, shown)
