"""`harvester bots`: recordings of meeting bots, through their providers' APIs or from saved payloads."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from jobs.bot_list import list_bots
from jobs.bot_orders import delete_data, remove, retranscribe, send
from jobs.options import Moment, Span, common_options, harvest_options, json_option

PROVIDERS = ("meetstream", "meetingbaas", "recall")
"""Providers whose API is pulled, by what their settings begin with."""
SOURCES = (
    "meetstream",
    "meetingbaas_v1",
    "meetingbaas_v2",
    "recall",
    "attendee",
    "vexa",
    "fireflies",
    "otter",
)
"""Sources whose saved payloads are understood (`harvester.bots.imports.SOURCES`)."""


@click.group("bots")
def command() -> None:
    """Bring what meeting bots recorded into the same archive and lake as Zoom's own recordings.

    Example: harvester bots pull --source recall --since 2w
    """


@command.command("pull")
@click.option(
    "--source",
    "sources",
    type=click.Choice(PROVIDERS),
    multiple=True,
    help="Only this provider (repeatable); without it every one that has a key.",
)
@click.option("--since", type=Span(), default="3d", show_default=True, help="How far back to list.")
@harvest_options
@click.option("--api-rate", "harvester_bot_rate", type=float, help="API calls a second to each provider (default 10).")
@json_option
@common_options
def pull(sources: tuple[str, ...], since: timedelta, **options: Any) -> int:  # noqa: ANN401 - click passes what the decorators declare
    """List the bots of every provider that has a key, fetch what is new or late, publish, link.

    `harvester nightly` does this too; here Zoom is left alone and needs no credentials.

    Example: harvester bots pull --since 2w
    """
    from harvester.pipeline.run import nightly
    from jobs.harvesting import harvest
    from jobs.wiring import connect_bots

    return harvest("bots pull", nightly(since), connecting=partial(connect_bots, only=sources or PROVIDERS), **options)


@command.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--source", required=True, type=click.Choice(SOURCES), help="Whose payloads they are.")
@click.option("--together", is_flag=True, help="All files are of one recording: its details, transcript, people.")
@click.option("--id", "native_id", help="Id of the recording, where its payloads do not say it.")
@click.option("--started-at", type=Moment(), help="When the recording began, where they do not: 2026-11-23T09:30:00Z.")
@click.option("--meeting", metavar="URL|NUMBER", help="The meeting it was of, where they do not say it.")
@click.option("--topic", help="Its title, where they do not say it.")
@json_option
@common_options
def import_files(
    files: tuple[Path, ...],
    source: str,
    together: bool,  # noqa: FBT001 - click's calling convention
    native_id: str | None,
    started_at: datetime | None,
    meeting: str | None,
    topic: str | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Bring in saved payloads: answers of the APIs, webhooks' bodies, and exports of attendee, Vexa, Fireflies, Otter.

    Every file is a recording of its own unless --together is given. Doing it again changes nothing.

    Example: harvester bots import --source otter --started-at 2026-11-23T09:30:00Z standup.txt
    """
    from harvester.bots.imports import Saved, Told, read_saved
    from harvester.bots.imports.source import ImportSource
    from harvester.pipeline.run import take
    from jobs.harvesting import harvest
    from jobs.wiring import connect_import

    told = Told(native_id, started_at, meeting, topic)
    saved = [Saved(path.name, path.read_bytes()) for path in files]
    given = ImportSource(source, read_saved(source, saved, told, together=together))
    return harvest("bots import", take(given), connecting=partial(connect_import, source=given), **options)


for _order in (send, list_bots, remove, delete_data, retranscribe):
    command.add_command(_order)
