"""`harvester rebuild`: the lake, and the ledger, again from the archive."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from jobs.options import common_options, json_option, keep_emails_option, pseudonymise_option


@click.command("rebuild")
@click.option("--ledger", "with_ledger", is_flag=True, help="Make the ledger again too, from the archive's receipts.")
@keep_emails_option
@pseudonymise_option
@json_option
@common_options
def command(
    with_ledger: bool,  # noqa: FBT001 - click's calling convention
    as_json: bool,  # noqa: FBT001
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Write the lake again from the archive, without the network: the same archive gives the same bytes.

    Example: harvester rebuild --ledger
    """
    from harvester.errors import ConfigError, ExitCode
    from harvester.ledger import run_lock
    from harvester.pipeline.rebuild import rebuild
    from jobs.loading import load, on_terminal
    from jobs.output import show_json
    from jobs.progress import watch
    from jobs.wiring import open_shelf

    bars = on_terminal() and not as_json
    config = load(options, config_file=config_file, verbose=verbose, bars=bars)
    if not config.archive.is_dir():
        raise ConfigError(
            f"there is no archive {config.archive} to rebuild from",
            hint="run `harvester nightly` first, or name the right folder with --home",
        )
    with run_lock(config.state, "rebuild"), watch(bars=bars) as progress, open_shelf(config, progress) as shelf:
        rebuilt = rebuild(shelf, ledger=with_ledger)
    if as_json:
        show_json(asdict(rebuilt))
    else:
        click.echo(
            f"{rebuilt.recordings} recordings, {rebuilt.segments} segments in {rebuilt.partitions} partitions;"
            f" {rebuilt.files_rewritten} files differed and were rewritten"
        )
        for each in rebuilt.damaged:
            click.echo(f"left out: {each}", err=True)
    return int(ExitCode.DAMAGED if rebuilt.damaged else ExitCode.DONE)
