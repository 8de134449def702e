"""`harvester nightly`: the cron job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from jobs.options import Span, api_rate_option, common_options, harvest_options, json_option, report_options


@click.command("nightly")
@click.option(
    "--since",
    type=Span(),
    default="3d",
    show_default=True,
    help="How far back to list; nights missed since the last complete listing are added by themselves.",
)
@harvest_options
@api_rate_option
@report_options
@json_option
@common_options
def command(since: timedelta, **options: Any) -> int:  # noqa: ANN401 - click passes what the decorators declare
    """List the account, fetch what is new or late, retry what failed, publish.

    What is known and unchanged costs nothing but the listing. A second run at the same time ends at once with
    exit code 11.

    Example: harvester nightly --since 7d --types transcript,captions,timeline,chat
    """
    from harvester.pipeline.run import nightly
    from jobs.harvesting import harvest

    return harvest("nightly", nightly(since), serves_events=True, reports=True, **options)
