"""`harvester report`: the lake, or one meeting of it, as one file to be read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from jobs.options import Day, common_options, settings_given

_QUESTION_S = 600.0


@click.command("report")
@click.option(
    "--html",
    "output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write this file, in place of one that is there.",
)
@click.option("--from", "start", type=Day(), help="First UTC date of the recordings' starts.")
@click.option("--to", "end", type=Day(), help="Last UTC date, included.")
@click.option("--meeting", metavar="KEY", help="One meeting instead: its recording_key, UUID or number.")
@common_options
def command(
    output: Path,
    start: date | None,
    end: date | None,
    meeting: str | None,
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001 - click's calling convention
    **options: Any,  # noqa: ANN401
) -> int:
    """Write one HTML file that works without a network: calendar, meetings, talk time and what failed, or a transcript.

    Example: harvester report --html november.html --from 2026-11-01 --to 2026-11-30
    """
    if start and end and start > end:
        raise click.BadParameter(f"--from {start} lies after --to {end}; swap them", param_hint="'--from' / '--to'")
    import contextlib

    from harvester.clock import SystemClock
    from harvester.explore.filters import Filter
    from harvester.explore.report import build_meeting_report, build_report
    from harvester.files import write_atomically
    from harvester.lake.session import Session, Sessions
    from jobs.loading import load

    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=True)
    asked = Filter(first_day=start, last_day=end)
    now = SystemClock().now()

    def build(session: Session) -> str:
        if meeting is None:
            return build_report(session, asked, made_at=now)
        return build_meeting_report(session, meeting, asked, made_at=now, api_base_url=config.zoom_api_base_url)

    with contextlib.closing(Sessions(config.lake, _QUESTION_S, most=1)) as sessions:
        page = sessions.run(build)
    write_atomically(output, page.encode())
    return 0
