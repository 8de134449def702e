"""`harvester backfill`: an explicit range of dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click

from jobs.options import OLDEST, Day, common_options, harvest_options, json_option


@click.command("backfill")
@click.option("--from", "start", type=Day(), required=True, help="First UTC date of the meetings' starts.")
@click.option("--to", "end", type=Day(), help="Last UTC date, included; today when left out.")
@harvest_options
@json_option
@common_options
def command(start: date, end: date | None, **options: Any) -> int:  # noqa: ANN401 - click passes what the decorators declare
    """Harvest every recording that started between two UTC dates, window by window, oldest first.

    It may be stopped and started again at any time: what is archived is not fetched twice.

    Example: harvester backfill --from 2026-01-01 --to 2026-03-31
    """
    today = datetime.now(UTC).date()
    end = end or today
    if start > today or end > today:
        late = start if start > today else end
        raise click.BadParameter(f"{late} lies in the future; today is {today} (UTC)", param_hint="'--from' / '--to'")
    if start > end:
        raise click.BadParameter(f"--from {start} lies after --to {end}; swap them", param_hint="'--from' / '--to'")
    if start < OLDEST:
        raise click.BadParameter(f"{start} lies before Zoom; start at {OLDEST} or later", param_hint="'--from'")
    from harvester.pipeline.run import backfill
    from jobs.harvesting import harvest

    return harvest("backfill", backfill(start, end), **options)
