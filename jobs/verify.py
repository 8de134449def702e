"""`harvester verify`: is everything still as it was proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jobs.options import common_options, json_option, keep_emails_option, pseudonymise_option


@click.command("verify")
@click.option("--deep", is_flag=True, help="Read every archived file from the disk again, and make every row again.")
@keep_emails_option
@pseudonymise_option
@json_option
@common_options
def command(deep: bool, as_json: bool, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Hold archive, ledger and lake against each other. Changes nothing; exit code 13 when damage is found.

    While it works no harvest can start (it would end with 11), and while a harvest works it ends with 11 itself.

    Example: harvester verify --deep --json
    """
    from harvester.errors import ConfigError, ExitCode
    from harvester.ledger import run_lock
    from harvester.pipeline.verify import verify
    from jobs import findings
    from jobs.loading import load, on_terminal
    from jobs.output import show_json
    from jobs.progress import watch
    from jobs.wiring import find_place, ledger_path

    bars = on_terminal() and not as_json
    config = load(options, config_file=config_file, verbose=verbose, bars=bars)
    if not config.state.is_dir():
        raise ConfigError(
            f"nothing was harvested into {config.harvester_home} yet",
            hint="run `harvester nightly`, or name the right folder with --home",
        )
    with run_lock(config.state, "verify"), watch(bars=bars) as progress:
        verified = verify(find_place(config, progress), ledger_path(config), deep=deep)
    if as_json:
        show_json(findings.as_json(verified))
    else:
        findings.show_verified(verified)
    return int(ExitCode.DAMAGED if verified.damage else ExitCode.DONE)
