"""`harvester plan`: what a run would do."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.bandwidth import USUAL, Bandwidth, Rate
from jobs.options import (
    Day,
    Span,
    api_rate_option,
    check_range,
    common_options,
    harvest_options,
    json_option,
    settings_given,
)

if TYPE_CHECKING:
    from harvester.pipeline.run import Body


@click.command("plan")
@click.option("--since", type=Span(), help="What `nightly --since` would do.  [default: 3d]")
@click.option("--from", "start", type=Day(), help="What `backfill --from` would do.")
@click.option("--to", "end", type=Day(), help="Last UTC date of `--from`; today when left out.")
@click.option(
    "--bandwidth",
    "rates",
    type=Bandwidth(),
    multiple=True,
    help="Time of the downloads at this rate, e.g. 100Mbit (repeatable).",
)
@harvest_options
@api_rate_option
@json_option
@common_options
def command(
    since: timedelta | None,
    start: date | None,
    end: date | None,
    rates: tuple[Rate, ...],
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001 - click's calling convention
    as_json: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Show what a run would do: calls, files, bytes, time, disk, and what would fail and why. Changes nothing.

    It lists as a run does and asks for one recording's detail; nothing is fetched and nothing is written, not even
    the ledger. What only a detail says, such as the participants' own audio, is not counted, and bots' recordings are
    not planned, for their listings say nothing of files. The exit code is the one that a run would end with as far as
    this can tell.

    Example: harvester plan --from 2026-01-01 --bandwidth 200Mbit
    """
    body = _choose_body(since, start, end)
    from harvester.ledger import Ledger
    from harvester.pipeline.rehearse import rehearse
    from harvester.pipeline.tools import Connection
    from harvester.zoom.scopes import find_lacks
    from jobs.forecast import describe_outlook, show_outlook
    from jobs.loading import load, on_terminal
    from jobs.output import show_json
    from jobs.progress import watch
    from jobs.wiring import build_tools, ledger_path, open_zoom

    bars = on_terminal() and not as_json
    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=bars)
    config.credentials()
    with watch(bars=bars, keep=False) as progress, open_zoom(config) as (source, fetcher):
        with Ledger.snapshot(ledger_path(config)) as ledger:
            tools = build_tools(config, ledger, progress, {source.name: Connection(source, fetcher)})
            forecast = rehearse(tools, body)
        granted = source.known_scopes
        needs_emails, needs_lists = tools.selection.needs_host_emails(), config.harvester_participants
        lacks = find_lacks(granted, needs_host_emails=needs_emails, needs_participants=needs_lists) if granted else []
        outlook = describe_outlook(
            forecast,
            token_calls=source.token_calls,
            calls_per_second=config.harvester_api_rate,
            rates=rates or USUAL,
            lacks=lacks,
            account_refusal=source.account_refusal,
            archive=config.archive,
        )
    if as_json:
        show_json(outlook)
    else:
        show_outlook(outlook)
    return int(forecast.exit_code)


def _choose_body(since: timedelta | None, start: date | None, end: date | None) -> Body:
    """The body of the run that is asked about."""
    if since is not None and (start or end):
        raise click.UsageError("--since and --from/--to exclude each other")
    if end and not start:
        raise click.UsageError("--to needs --from")
    checked = check_range(start, end) if start else None
    from harvester.pipeline.run import backfill, nightly

    return backfill(*checked) if checked else nightly(since or timedelta(days=3))
