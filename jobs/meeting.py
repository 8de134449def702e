"""`harvester meeting`: one meeting now."""

from __future__ import annotations

from typing import Any

import click

from jobs.options import api_rate_option, common_options, harvest_options, json_option, name_meeting


@click.command("meeting")
@click.argument("identifier", metavar="ID_OR_UUID")
@harvest_options
@api_rate_option
@json_option
@common_options
def command(identifier: str, **options: Any) -> int:  # noqa: ANN401 - click passes what the decorators declare
    """Harvest one meeting now: a UUID means one recording, a numeric id all instances of the meeting.

    Example: harvester meeting 85746065430
    """
    identifier = name_meeting(identifier)
    from harvester.pipeline.run import meeting
    from jobs.harvesting import harvest

    return harvest("meeting", meeting(identifier), **options)
