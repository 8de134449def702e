"""Commands of `harvester bots` that order something of a provider: send, remove, delete-data, retranscribe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, settings_given

if TYPE_CHECKING:
    from harvester.bots.control import BotControl
    from harvester.config import Config

SOURCES = ("meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall")
"""Sources whose API takes orders."""

source_option = click.option("--source", required=True, type=click.Choice(SOURCES), help="Whose bot it is.")


@click.command("send")
@click.argument("meeting_url", metavar="URL")
@source_option
@click.option("--name", "bot_name", default="Recorder", show_default=True, help="The name it shows in the meeting.")
@click.option("--key", help="The same key twice sends one bot, where the provider has such a thing.")
@click.option("--extra", multiple=True, metavar="NAME=VALUE", help="Attached to the bot, and kept with its recording.")
@click.option("--more", metavar="JSON", help="Members of the request in the provider's own terms, e.g. its recogniser.")
@common_options
def send(
    meeting_url: str,
    source: str,
    bot_name: str,
    key: str | None,
    extra: tuple[str, ...],
    more: str | None,
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001 - click's calling convention
    **options: Any,  # noqa: ANN401
) -> int:
    """Put a bot into a meeting; its recording comes with the next pull, or with the provider's event.

    Tokens that Zoom wants of bots in other accounts' meetings come from the environment (HARVESTER_OBF_TOKEN,
    HARVESTER_OBF_TOKEN_URL, HARVESTER_ZAK_URL); they are handed on, and neither kept nor logged.

    Example: harvester bots send https://zoom.us/j/91234567890 --source meetingbaas_v2 --extra crm_id=D-104
    """
    from harvester.bots.provider import Order

    config = load_config(config_file, options, verbose=verbose)
    order = Order(
        meeting_url=meeting_url,
        bot_name=bot_name,
        key=key,
        extra=_read_pairs(extra),
        more=_read_object(more),
        zoom_obf_token=_reveal(config.harvester_obf_token),
        zoom_obf_token_url=_reveal(config.harvester_obf_token_url),
        zoom_zak_url=_reveal(config.harvester_zak_url),
    )
    with _control(config, source) as control:
        bot_id = control.send(order)
    click.echo(bot_id)
    return 0


@click.command("remove")
@click.argument("bot_id", metavar="ID")
@source_option
@common_options
def remove(bot_id: str, source: str, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001
    """Send a bot out of its meeting; what it recorded so far stays.

    Example: harvester bots remove 67eeff62-a8c5-55dc-9a94-285b2f06c63c --source recall
    """
    with _control(load_config(config_file, options, verbose=verbose), source) as control:
        control.remove(bot_id)
    click.echo(f"{bot_id} was told to leave")
    return 0


@click.command("retranscribe")
@click.argument("native_id", metavar="ID")
@source_option
@common_options
def retranscribe(native_id: str, source: str, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001
    """Ask for another transcript of a recording, which the provider may charge for; the older one is kept beside it.

    The recording is looked at again with the next run. ID is that of `native_id` in the lake.

    Example: harvester bots retranscribe 72a7511b-7113-58b6-95fe-28b0665d42f0 --source meetstream
    """
    from harvester.clock import SystemClock
    from harvester.ledger import Ledger
    from jobs.wiring import ledger_path

    config = load_config(config_file, options, verbose=verbose)
    with _control(config, source) as control, Ledger(ledger_path(config)) as ledger:
        control.retranscribe(native_id)
        is_known = ledger.bots.await_transcript(source, native_id, now=SystemClock().now())
    what_next = "the next run looks for it" if is_known else "its recording is not here yet: run `harvester bots pull`"
    click.echo(f"another transcript of {native_id} was asked for; {what_next}")
    return 0


@click.command("delete-data")
@click.argument("bot_id", metavar="ID")
@source_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def delete_data(
    bot_id: str,
    source: str,
    yes: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Delete at the provider what a bot recorded, once every file of it is in the archive and proven to be whole.

    Example: harvester bots delete-data 72a7511b-7113-58b6-95fe-28b0665d42f0 --source meetstream
    """
    from harvester.clock import SystemClock
    from harvester.ledger import Ledger, run_lock
    from harvester.pipeline.deletion import check_kept
    from harvester.pipeline.progress import Silent
    from jobs.wiring import build_tools, connect_bots, ledger_path

    config = load_config(config_file, options, verbose=verbose)
    with (
        _control(config, source) as control,
        connect_bots(config, only=(source.partition("_")[0],)) as connections,
        run_lock(config.state, "bots delete-data"),
        Ledger(ledger_path(config)) as ledger,
    ):
        tools = build_tools(config, ledger, Silent(), connections)
        stored = check_kept(tools, source, bot_id, control.list_recordings(bot_id))
        files = sum(file.state.receipt is not None for each in stored for file in each.entry.files.values())
        if not yes:
            click.confirm(f"{files} files of {source}:{bot_id} are here. Delete them at the provider?", abort=True)
        control.delete_data(bot_id)
        for each in stored:
            ledger.bots.look_again(source, each.entry.native_id, now=SystemClock().now())
    click.echo(f"{source}:{bot_id} is deleted at the provider; {files} files of it are in the archive")
    return 0


def load_config(config_file: Path | None, options: dict[str, Any], *, verbose: bool) -> Config:
    from jobs.loading import load

    return load(settings_given(options), config_file=config_file, verbose=verbose)


@contextmanager
def _control(config: Config, source: str) -> Iterator[BotControl]:
    from harvester.bots.control import BotControl
    from jobs.wiring import open_bot_apis, pick_source

    with open_bot_apis(config, only=(source.partition("_")[0],)) as apis:
        yield BotControl(*pick_source(apis, source))


def _read_pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(name and sign for name, sign, _ in pairs):
        raise click.BadParameter("write it as NAME=VALUE", param_hint="--extra")
    return {name: value for name, _, value in pairs}


def _read_object(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"it is no JSON: {error}", param_hint="--more") from None
    if not isinstance(value, dict):
        raise click.BadParameter("it is no JSON object", param_hint="--more")
    return value


def _reveal(secret: Any) -> str | None:  # noqa: ANN401 - pydantic's SecretStr, or nothing
    return secret.get_secret_value() if secret else None
