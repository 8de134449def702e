"""`harvester backfill`: an explicit range of dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from jobs.options import Day, api_rate_option, check_range, common_options, harvest_options, json_option


@click.command("backfill")
@click.option("--from", "start", type=Day(), required=True, help="First UTC date of the meetings' starts.")
@click.option("--to", "end", type=Day(), help="Last UTC date, included; today when left out.")
@harvest_options
@api_rate_option
@json_option
@common_options
def command(start: date, end: date | None, **options: Any) -> int:  # noqa: ANN401 - click passes what the decorators declare
    """Harvest every recording that started between two UTC dates, window by window, oldest first.

    It may be stopped and started again at any time: what is archived is not fetched twice.

    Example: harvester backfill --from 2026-01-01 --to 2026-03-31
    """
    start, end = check_range(start, end)
    from harvester.pipeline.run import backfill
    from jobs.harvesting import harvest

    return harvest("backfill", backfill(start, end), serves_events=True, **options)
