"""What nightly, backfill and meeting have in common: wire, lock, run, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harvester.config import Config
    from harvester.pipeline.run import Body
    from harvester.pipeline.tools import Connection

    Connecting = Callable[[Config], AbstractContextManager[Mapping[str, Connection]]]


def harvest(
    name: str,
    body: Body,
    *,
    serves_events: bool = False,
    reports: bool = False,
    connecting: Connecting | None = None,
    config_file: Path | None,
    verbose: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - settings by name, checked by Config
) -> int:
    """Run one harvest command and give its exit code.

    `serves_events`: also those that come while it runs; `reports`: machines wait to hear how it ended; `connecting`: to
    what is harvested, instead of Zoom and every provider of bots that has a key.
    """
    from harvester.lake.search.index import keep_index
    from harvester.ledger import Ledger, run_lock
    from harvester.pipeline.arrivals import Arrivals, Tickets
    from harvester.pipeline.run import run
    from jobs.indexing import index_folder
    from jobs.loading import load, on_terminal
    from jobs.options import settings_given
    from jobs.output import show_summary
    from jobs.progress import watch
    from jobs.reporting import report, telling_failures
    from jobs.wiring import build_tools, connect, ledger_path

    bars = on_terminal() and not as_json
    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=bars)
    telling = telling_failures(config, name) if reports else nullcontext()
    # what is missing is said before anything is touched
    with (
        telling,
        (connecting or connect)(config) as connections,
        run_lock(config.state, name),
        watch(bars=bars) as progress,
        Ledger(ledger_path(config)) as ledger,
    ):
        tools = build_tools(config, ledger, progress, connections)
        summary = run(tools, name, body, Arrivals(tools, Tickets()) if serves_events else None)
    show_summary(summary, as_json=as_json, home=config.harvester_home)
    if reports:
        report(config, name, summary)
        keep_index(config.lake, index_folder(config))
    return int(summary.exit_code)
