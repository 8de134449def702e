"""`harvester work`: the worker that serves the inbox."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import api_rate_option, common_options, harvest_options

if TYPE_CHECKING:
    from harvester.pipeline.arrivals import Tickets
    from harvester.pipeline.worker import Bell


@click.command("work")
@click.option("--fed", is_flag=True, hidden=True, help="Take notices of `serve` from stdin, and end with it.")
@harvest_options
@api_rate_option
@common_options
def command(fed: bool, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Harvest what received events ask for, and recordings whose next look has come, until it is told to stop.

    `harvester serve` starts one by itself; this one is for a receiver that runs with --no-worker, or elsewhere on the
    same home. Other commands may run meanwhile: the worker lets them go first, and they serve the events too.

    Example: harvester work --types transcript,captions,chat,timeline
    """
    from harvester.errors import ExitCode
    from harvester.pipeline.arrivals import Tickets
    from harvester.pipeline.progress import Silent
    from harvester.pipeline.worker import Bell, work
    from jobs.loading import load
    from jobs.options import settings_given
    from jobs.wiring import open_tools

    config = load(settings_given(options), config_file=config_file, verbose=verbose)
    bell, tickets = Bell(), Tickets()
    with open_tools(config, Silent()) as tools:
        if fed:
            threading.Thread(target=_listen, args=(bell, tickets), name="notices", daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):  # the way it is meant to end, between two runs
            work(tools, tickets, bell)
    return int(ExitCode.INTERRUPTED)


def _listen(bell: Bell, tickets: Tickets) -> None:
    """Notices, one JSON object a line; their end is the end of whoever sent them, and of this worker."""
    from harvester.event import Pass

    for line in sys.stdin.buffer:
        notice = json.loads(line)
        if "token" in notice:
            tickets.put(notice["digest"], Pass(notice["payload"], notice["token"]))
        bell.ring()
    os.kill(os.getpid(), signal.SIGTERM)
