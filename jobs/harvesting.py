"""What nightly, backfill and meeting have in common: wire, lock, run, report."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harvester.pipeline.run import Body


def harvest(
    name: str,
    body: Body,
    *,
    serves_events: bool = False,
    reports: bool = False,
    config_file: Path | None,
    verbose: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - settings by name, checked by Config
) -> int:
    """Run one harvest command and give its exit code.

    `serves_events`: also those that come while it runs; `reports`: machines wait to hear how it ended.
    """
    from harvester.ledger import run_lock
    from harvester.pipeline.arrivals import Arrivals, Tickets
    from harvester.pipeline.run import run
    from jobs.options import settings_given
    from jobs.output import show_summary
    from jobs.progress import watch
    from jobs.reporting import report, telling_failures
    from jobs.wiring import load, on_terminal, open_tools

    bars = on_terminal() and not as_json
    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=bars)
    with telling_failures(config, name) if reports else nullcontext():
        config.credentials()
        with run_lock(config.state, name), watch(bars=bars) as progress, open_tools(config, progress) as tools:
            summary = run(tools, name, body, Arrivals(tools, Tickets()) if serves_events else None)
    show_summary(summary, as_json=as_json, home=config.harvester_home)
    if reports:
        report(config, name, summary)
    return int(summary.exit_code)
