"""`harvester repair`: put right what `harvester verify` finds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option, keep_emails_option, pseudonymise_option

if TYPE_CHECKING:
    from harvester.config import Config
    from harvester.pipeline.mend import Repaired
    from harvester.pipeline.progress import Progress
    from harvester.pipeline.tools import Shelf


@click.command("repair")
@click.option("--deep", is_flag=True, help="Also find and repair what only reading everything again shows.")
@click.option("--offline", is_flag=True, help="Ask Zoom nothing; repair ledger and lake only.")
@keep_emails_option
@pseudonymise_option
@json_option
@common_options
def command(
    deep: bool,  # noqa: FBT001 - click's calling convention
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Verify, put right what can be put right, and verify again. Exit code 13 when something is left or lost.

    Damaged files are fetched again from Zoom and moved to .harvester/quarantine once the new ones are proven; ledger
    and lake are made again from the archive. Without credentials only that is done. It may be killed and run again.

    Example: harvester repair --deep
    """
    from harvester.errors import ConfigError, ExitCode
    from harvester.ledger import run_lock
    from harvester.pipeline.repair import repair
    from jobs import findings
    from jobs.loading import load, on_terminal
    from jobs.output import show_json
    from jobs.progress import watch
    from jobs.wiring import find_place, ledger_path

    bars = on_terminal() and not as_json
    config = load(options, config_file=config_file, verbose=verbose, bars=bars)
    if not config.archive.is_dir():
        raise ConfigError(
            f"there is no archive {config.archive} to repair",
            hint="run `harvester nightly` first, or name the right folder with --home",
        )
    unasked = "nothing is asked of Zoom: --offline was given" if offline else _missing_credentials(config)
    with run_lock(config.state, "repair"), watch(bars=bars) as progress:
        place, ledger = find_place(config, progress), ledger_path(config)
        found, done, left = repair(
            place, ledger, lambda: _open(config, progress, offline=unasked is not None), deep=deep
        )
    if as_json:
        reports = {"found": findings.as_json(found), "repaired": asdict(done), "left": findings.as_json(left)}
        show_json({**reports, "offline": unasked})
    else:
        click.echo(f"{len(found.damage)} damaged, {len(found.lesser)} of a lesser kind")
        _show(done, unasked)
        findings.show_verified(left)
    return int(ExitCode.DAMAGED if left.damage or done.lost else ExitCode.DONE)


def _missing_credentials(config: Config) -> str | None:
    from harvester.errors import ConfigError

    try:
        config.credentials()
    except ConfigError as error:
        return f"nothing is asked of Zoom: {error.message}"
    return None


def _open(config: Config, progress: Progress, *, offline: bool) -> AbstractContextManager[Shelf]:
    from jobs.wiring import open_shelf, open_tools

    return open_shelf(config, progress) if offline else open_tools(config, progress)


def _show(done: Repaired, unasked: str | None) -> None:
    from harvester.log import one_line
    from jobs.output import human_bytes

    click.echo(
        f"{done.files} files and {done.entries} entries restored ({human_bytes(done.bytes_downloaded)} fetched),"
        f" {done.ledger_rows} rows of the ledger and {done.partitions} partitions written,"
        f" {len(done.put_aside)} unknown files put aside, {done.removed} leftovers removed"
    )
    lines = [unasked] if unasked else []
    lines += [f"lost: {each}: damaged here, and Zoom no longer has it" for each in done.lost]
    lines += [f"not repaired: {each}" for each in done.failed]
    lines += [f"put aside: {each}" for each in done.put_aside]
    for line in lines:
        click.echo(one_line(line), err=True)
