"""`harvester sandbox`: a Zoom to rehearse on."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harvester.sandbox import Sandbox, SandboxAccount


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8719,
    show_default=True,
    help="Port of the API; 0 takes a free one.",
)
@click.option(
    "--from-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Serve the VTT, chat and timeline files of this folder.",
)
@click.option("--meetings", type=click.IntRange(1, 1_000_000), help="Generate an account of so many meetings.")
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Of the generated account; the same seed gives the same account.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=25,
    show_default=True,
    help="Spread the generated meetings over so many days.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="WHERE:WHAT",
    help="Go wrong on demand (repeatable); `--faults` lists them.",
)
@click.option("--faults", "list_faults", is_flag=True, help="List the faults and end.")
@click.option(
    "--api-rate", type=click.FloatRange(min=0, min_open=True), help="Answer 429 above so many calls a second."
)
@click.option("--webhook", "webhook_url", metavar="URL", help="Send events there as they become true.")
@click.option("--webhook-secret", default="sandbox-webhook-secret", show_default=True, help="Sign them with this.")
@click.option("--no-account-listing", is_flag=True, help="Refuse the account's listing, as Zoom does for many apps.")
@click.option("--bots/--no-bots", "with_bots", default=False, help="Bots of four providers in the meetings, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as one JSON object.")
def command(
    port: int,
    from_dir: Path | None,
    meetings: int | None,
    seed: int,
    days: int,
    faults: tuple[str, ...],
    list_faults: bool,  # noqa: FBT001 - click's calling convention
    api_rate: float | None,
    webhook_url: str | None,
    webhook_secret: str,
    no_account_listing: bool,  # noqa: FBT001
    with_bots: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Start a local server that speaks our slice of Zoom, until it is interrupted.

    Without options it serves a demo account of a dozen varied meetings. It prints the environment that points the
    harvester at it; nothing but loopback is ever used.

    Example: harvester sandbox --fault listing:429:times=2 --fault file:truncate=1000
    """
    from harvester import sandbox

    if list_faults:
        click.echo(f"WHERE is one of: {', '.join(sandbox.WHERE)}\nWHAT is one of:")
        for name, meaning in sandbox.FAULTS.items():
            click.echo(f"  {name:<16} {meaning}")
        return 0
    if from_dir and meetings:
        raise click.UsageError("--from-dir and --meetings exclude each other")
    try:
        wanted = [sandbox.parse_fault(each) for each in faults]
        account = _choose_account(from_dir, meetings, seed, days)
        account = sandbox.add_bots(account, seed=seed) if with_bots else account
        box = sandbox.Sandbox(
            account,
            faults=wanted,
            api_rate=api_rate,
            account_listing=not no_account_listing,
            port=port,
            webhook=sandbox.Webhook(webhook_url, webhook_secret) if webhook_url else None,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with box:
            _introduce(box, as_json=as_json)
            with contextlib.suppress(KeyboardInterrupt):  # the way it is meant to end
                threading.Event().wait()
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on port {port}: {error.strerror or error}; choose another with --port"
        ) from error
    return 0


def _choose_account(from_dir: Path | None, meetings: int | None, seed: int, days: int) -> SandboxAccount:
    """The account that the options describe; raises ValueError where a folder holds nothing to serve."""
    from harvester import sandbox

    if from_dir:
        return sandbox.account_from_dir(from_dir)
    return sandbox.generate_account(meetings=meetings, seed=seed, days=days) if meetings else sandbox.demo_account()


def _introduce(box: Sandbox, *, as_json: bool) -> None:
    """Print what is served and the settings that lead a harvester to it, fit to be pasted into a shell."""
    from harvester.sandbox import describe_account

    environment = box.environment()
    if as_json:
        click.echo(json.dumps(environment))
        return
    click.echo("\n".join(f"# {line}" for line in describe_account(box.account).splitlines()))
    for name, value in environment.items():
        click.echo(f"export {name}={value}")
    click.echo("# Ctrl-C ends it; in another terminal paste these lines, then run `harvester nightly --since 30d`")
