"""`harvester bots list`: what a provider shows of its bots now."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.bot_orders import load_config, source_option
from jobs.options import Span, common_options, json_option

if TYPE_CHECKING:
    from harvester.model import Recording


@click.command("list")
@source_option
@click.option("--since", type=Span(), default="3d", show_default=True, help="How far back to list.")
@json_option
@common_options
def list_bots(
    source: str,
    since: timedelta,
    as_json: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """List a provider's bots as it shows them now, newest first; nothing is fetched or kept.

    Example: harvester bots list --source recall --since 1w
    """
    from harvester.clock import SystemClock
    from harvester.errors import Damaged
    from harvester.model import Gap
    from jobs.output import show_json
    from jobs.wiring import connect_bots, pick_source

    config = load_config(config_file, options, verbose=verbose)
    today = SystemClock().now().date()
    found: dict[str, Recording] = {}
    gaps: list[str] = []
    with connect_bots(config, only=(source.partition("_")[0],)) as connections:
        shown = pick_source(connections, source).source
        for window in shown.windows(today - since, today):
            for page in shown.list_window(window):
                if isinstance(page, Gap):
                    gaps.append(str(page))
                    continue
                for payload in page.payloads:
                    try:
                        recording = shown.describe(shown.scrub(payload))
                    except Damaged as error:
                        gaps.append(error.message)
                    else:
                        found[recording.native_id] = recording
    rows = [_describe(each) for each in sorted(found.values(), key=lambda each: each.started_at, reverse=True)]
    if as_json:
        show_json({"bots": rows, "gaps": gaps})
    else:
        _show(rows, gaps)
    return 0


def _describe(recording: Recording) -> dict[str, Any]:
    return {
        "native_id": recording.native_id,
        "started_at": recording.started_at.isoformat().replace("+00:00", "Z"),
        "status": recording.status,
        "end_reason": recording.end_reason,
        "meeting": recording.meeting_id or recording.extra.get("meeting_url"),
        "bot_name": recording.extra.get("bot_name"),
    }


def _show(rows: list[dict[str, Any]], gaps: list[str]) -> None:
    from rich.console import Console

    from jobs.tables import show_table

    heads = ("bot", "started", "status", "why it ended", "meeting", "name")
    show_table(Console(), "Bots", heads, [tuple(each.values()) for each in rows])
    for each in gaps:
        click.echo(f"gap: {each}", err=True)
