"""`harvester doctor`: whether it works here."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option

if TYPE_CHECKING:
    from harvester.pipeline.doctor import Findings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}


@click.command("doctor")
@click.option("--webhook-url", metavar="URL", help="Where Zoom sends events; a signed challenge is sent there.")
@json_option
@common_options
def command(
    webhook_url: str | None,
    as_json: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Check settings, home, disk, ledger, token, scopes, clock and listing, fetch one file, and ask the webhook.

    Nothing is changed. Each check is ok, a warning, failed or skipped, with a remedy. The file is fetched into a
    temporary folder below .harvester/, proven and removed. The webhook gets a signed challenge, where serve listens
    or at --webhook-url. The exit code is 0 where nothing failed, else 10, 12, 13 or 1, in this order.

    Example: harvester doctor --json
    """
    from harvester.clock import SystemClock
    from harvester.errors import ConfigError
    from harvester.pipeline.doctor import examine, without_settings, worst_code
    from harvester.retry import RetryPolicy
    from jobs.loading import ENV_FILE, load
    from jobs.output import show_exit_code, show_json
    from jobs.wiring import check_one_filesystem, connect_bots, ledger_path, open_zoom

    try:
        config = load(options, config_file=config_file, verbose=verbose, bars=True)
    except ConfigError as error:
        found = without_settings(error)
    else:
        found = examine(
            config,
            ledger_path=ledger_path(config),
            secret_files=[each for each in (ENV_FILE, config_file) if each],
            open_zoom=partial(open_zoom, config, retry=RetryPolicy(attempts=3)),
            open_bots=partial(connect_bots, config, retry=RetryPolicy(attempts=3)),
            check_one_filesystem=partial(check_one_filesystem, config),
            webhook_url=webhook_url,
            clock=SystemClock(),
        )
    code = worst_code(found)
    if as_json:
        checks = [{"check": name, **asdict(each), "exit_code": int(each.exit_code)} for name, each in found.items()]
        show_json({"exit_code": int(code), "checks": checks})
    else:
        _show(found)
        show_exit_code(code)
    return int(code)


def _show(found: Findings) -> None:
    """One line a check, and one for its remedy."""
    from harvester.log import one_line

    width = max(map(len, found))
    for name, each in found.items():
        state = click.style(f"{each.state:<8}", fg=_COLOURS[each.state])
        click.echo(f"{state} {name:<{width}}  {one_line(each.message)}")
        if each.remedy:
            click.echo(f"{'':<8} {'':<{width}}  -> {one_line(each.remedy)}")
