"""`harvester trigger`: one webhook body, from a file or stdin."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import api_rate_option, common_options, harvest_options, json_option

if TYPE_CHECKING:
    from harvester.config import Config
    from harvester.event import Event
    from harvester.ledger import EventRow
    from harvester.pipeline.receive import Answer
    from harvester.pipeline.summary import Summary
    from harvester.pipeline.tools import Tools

SOURCES = ("zoom", "meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall")
"""Whose webhooks are understood."""
_PATH = click.Path(path_type=Path, allow_dash=True)
_WAIT_S = 60.0
_LOOK_S = 0.25


@click.command("trigger")
@click.argument("file", type=_PATH, default="-")
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default="zoom",
    show_default=True,
    help="Whose webhook it is.",
)
@click.option(
    "--headers",
    "headers_file",
    type=_PATH,
    help="The request's headers, as JSON or as lines `Name: value`; the body must be signed then.",
)
@harvest_options
@api_rate_option
@json_option
@common_options
def command(
    file: Path,
    source: str,
    headers_file: Path | None,
    as_json: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Keep one webhook body as `serve` would, and harvest what it asks for: for queues, functions and replays.

    The body is taken as it came; with --headers its signature is checked as `serve` checks it, and Zoom's challenge is
    answered. One that was received before is not done again (`harvester events redrive` does that).

    Example: harvester trigger event.json --headers headers.json
    """
    from jobs.loading import load
    from jobs.options import settings_given
    from jobs.output import show_json

    config = load(settings_given(options), config_file=config_file, verbose=verbose)
    body = _read(file)
    headers = read_headers(_read(headers_file)) if headers_file else None
    answer = judge(config, source, body, headers)
    if answer.event is None:
        show_json(dict(answer.reply or {}))
        return 0
    row, summary = harvest(config, source, answer.event)
    if as_json:
        facts = {"name": row.name, "digest": row.digest, "state": row.state, "copies": row.copies}
        show_json({**facts, "reason": row.last_error, "run": summary and summary.as_json()})
    else:
        click.echo(f"{row.name} {row.digest[:12]}: {row.state}" + (f", {row.last_error}" if row.last_error else ""))
    return exit_code(row, summary)


def _read(path: Path) -> bytes:
    """`-` is stdin; no more of it than an event may have, and one byte to know that it has more."""
    from harvester.pipeline.receive import MOST_BYTES

    with sys.stdin.buffer if path == Path("-") else path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def read_headers(data: bytes) -> dict[str, str]:
    """Names in lower case. Raises BadParameter for what is neither an object of texts nor lines `Name: value`."""
    import json

    text = data.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise click.BadParameter(f"it is no JSON: {error}", param_hint="--headers") from None
        return {str(name).lower(): value for name, value in found.items() if isinstance(value, str)}
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    if not all(colon for _, colon, _ in lines):
        raise click.BadParameter("it holds a line that is not `Name: value`", param_hint="--headers")
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def judge(config: Config, source: str, body: bytes, headers: Mapping[str, str] | None) -> Answer:
    """The event to keep, or the answer to a challenge. Raises Damaged for what is neither, Failed for a forgery.

    Without headers the body is taken on trust: whoever calls has it from somewhere safe.
    """
    from harvester.errors import Damaged, Failed
    from harvester.pipeline.receive import FORGED

    answer = _judge_zoom(config, body, headers) if source == "zoom" else _judge_bot(config, source, body, headers)
    if answer.event or answer.reply is not None:
        return answer
    if answer.status == FORGED:
        setting = f"{source.partition('_')[0].upper()}_WEBHOOK_SECRET"
        raise Failed(f"the body is not trusted: {answer.reason}", hint=f"check {setting} and the headers")
    raise Damaged(f"the body is no event: {answer.reason}", hint="give it as it came, byte for byte")


def _judge_zoom(config: Config, body: bytes, headers: Mapping[str, str] | None) -> Answer:
    from harvester.clock import SystemClock
    from harvester.pipeline.receive import judge_request, trust_request

    if headers is None:
        return trust_request(body)
    return judge_request(body, headers, secrets=config.webhook_secrets(), now=SystemClock().now())


def _judge_bot(config: Config, source: str, body: bytes, headers: Mapping[str, str] | None) -> Answer:
    from harvester.bots.registry import REGISTERED
    from harvester.clock import SystemClock
    from harvester.errors import ConfigError
    from harvester.pipeline.receive_bots import judge_bot, trust_bot

    registered = next(each for each in REGISTERED if each.provider.name == source)
    access = config.bot_access(registered.setting)
    if access is None:
        raise ConfigError(f"{registered.setting}_API_KEY is not set", hint="set it in the environment or in .env")
    if headers is None:
        return trust_bot(registered.provider, body)
    now = SystemClock().now()
    return judge_bot(registered.provider, body, headers, access, setting=registered.setting, now=now)


def harvest(config: Config, source: str, event: Event) -> tuple[EventRow, Summary | None]:
    """Keep the event, and do what it asks for; what became of it, and how the run went, if this was not another's."""
    from harvester.pipeline.progress import Silent
    from jobs.wiring import open_tools

    with open_tools(config, Silent()) as tools:
        tools.ledger.inbox.add(source, [event], now=tools.clock.now())
        summary = _serve(config, tools, event)
        return tools.ledger.inbox.find(event.digest)[0], summary


def exit_code(row: EventRow, summary: Summary | None) -> int:
    """How the run went, and 3 when the event could not be served with it."""
    from harvester.errors import ExitCode
    from harvester.ledger import EventState

    if summary and summary.exit_code:
        return int(summary.exit_code)
    return int(ExitCode.DONE if row.state == EventState.DONE else ExitCode.PARTIAL)


def _serve(config: Config, tools: Tools, event: Event) -> Summary | None:
    """By a run of our own, or by the one that is under way; raises AlreadyRunning when that does not get to it."""
    from harvester.errors import AlreadyRunning
    from harvester.ledger import EventState, run_lock
    from harvester.pipeline.arrivals import Arrivals, Tickets
    from harvester.pipeline.run import run
    from harvester.pipeline.worker import serve

    tickets = Tickets()
    if event.ticket:
        tickets.put(event.digest, event.ticket)
    until = tools.clock.monotonic() + _WAIT_S
    while tools.ledger.inbox.find(event.digest)[0].state == EventState.WAITING:
        try:
            with run_lock(config.state, "trigger", clock=tools.clock):
                return run(tools, "trigger", serve, Arrivals(tools, tickets))
        except AlreadyRunning as error:
            if tools.clock.monotonic() > until:
                message = f"the event is kept, and not served yet: {error.message}"
                raise AlreadyRunning(message, hint="the next run serves it") from None
            tools.clock.sleep(_LOOK_S)
    return None
