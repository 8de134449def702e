"""`harvester events`: what was received, what became of it, and another try."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option

if TYPE_CHECKING:
    from harvester.ledger import EventRow, Ledger

_SHORTEST = 4
_STATES = ("waiting", "done", "dead")


@click.group("events")
def command() -> None:
    """Show the events that were received, and send those that were given up round again.

    Example: harvester events list --state dead
    """


@command.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those that stand so.")
@click.option("--last", "count", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many.")
@json_option
@common_options
def list_events(
    state: str | None,
    count: int,
    as_json: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """List the last received events, newest first.

    A waiting event is tried when its time has come; a dead one was given up after its attempts, with a reason.

    Example: harvester events list --last 50 --json
    """
    from harvester.ledger import EventState
    from jobs.output import show_json

    with _open(config_file, options, verbose=verbose) as ledger:
        rows = ledger.inbox.last(count, state=EventState(state) if state else None)
        counts = ledger.inbox.counts()
    if as_json:
        show_json({"counts": counts, "events": [{**asdict(row), "body": json.loads(row.body)} for row in rows]})
        return 0
    from rich.console import Console

    from jobs.tables import show_table

    lines = [
        (
            row.digest[:12],
            row.received_at[:19].replace("T", " "),
            row.name,
            row.copies,
            row.state,
            row.attempts,
            _why(row),
        )
        for row in rows
    ]
    heads = ("digest", "received (UTC)", "event", "copies", "state", "tries", "why, or next try (UTC)")
    show_table(Console(), ", ".join(f"{count} {name}" for name, count in counts.items()) or "Events", heads, lines)
    return 0


@command.command("show")
@click.argument("digest")
@common_options
def show_event(digest: str, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Show one event whole, its body without secrets, as one JSON object. The digest's first characters will do.

    Example: harvester events show 3f9ac2d1
    """
    from jobs.output import show_json

    with _open(config_file, options, verbose=verbose) as ledger:
        row = _find(ledger, digest)
    show_json({**asdict(row), "body": json.loads(row.body)})
    return 0


@command.command("redrive")
@click.argument("digests", nargs=-1, metavar="DIGEST...")
@click.option("--dead", is_flag=True, help="All that were given up.")
@common_options
def redrive_events(
    digests: tuple[str, ...],
    dead: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Send events round again from their first attempt on; the worker, or the next run, serves them.

    Example: harvester events redrive --dead
    """
    from harvester.clock import SystemClock
    from harvester.ledger import EventState

    if bool(digests) == dead:
        raise click.UsageError("name events by their digests, or give --dead")
    with _open(config_file, options, verbose=verbose) as ledger:
        given_up = ledger.inbox.last(-1, state=EventState.DEAD) if dead else []
        rows = [*given_up, *(_find(ledger, each) for each in digests)]
        for row in rows:
            ledger.inbox.redrive(row, now=SystemClock().now())
    click.echo("\n".join(f"{row.digest[:12]} {row.name}: waiting again" for row in rows) or "nothing was given up")
    return 0


@contextmanager
def _open(config_file: Path | None, options: dict[str, Any], *, verbose: bool) -> Iterator[Ledger]:
    from harvester.errors import ConfigError
    from harvester.ledger import Ledger
    from jobs.loading import load
    from jobs.wiring import ledger_path

    path = ledger_path(load(options, config_file=config_file, verbose=verbose))
    if not path.exists():
        raise ConfigError(f"there is no ledger {path}", hint="run `harvester serve`, or name the folder with --home")
    with Ledger(path) as ledger:
        yield ledger


def _find(ledger: Ledger, digest: str) -> EventRow:
    """Raises BadParameter where it names none, or several."""
    rows = ledger.inbox.find(digest) if len(digest) >= _SHORTEST else []
    if len(rows) != 1:
        what = f"{len(rows)} events begin so" if rows else "no event begins so"
        raise click.BadParameter(f"{digest}: {what}; `harvester events list` shows them", param_hint="DIGEST")
    return rows[0]


def _why(row: EventRow) -> str:
    when = row.next_try_at[:19].replace("T", " ") if row.next_try_at else ""
    return "; ".join(each for each in (row.last_error, when) if each)
