"""`harvester serve`: the webhook receiver."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import api_rate_option, common_options, harvest_options

if TYPE_CHECKING:
    from harvester.config import Config

_BACKLOG = 2048
_KEEP_ALIVE_S = 30
_GRACE_S = 10
_BUSY_S = 2.0  # Zoom waits three seconds for an answer, and an honest 503 is one


@click.command("serve")
@click.option("--bind", "harvester_bind", metavar="HOST:PORT", help="Where to listen (default 127.0.0.1:8750).")
@click.option("--no-worker", is_flag=True, help="Only keep the events; `harvester work` or a nightly run serves them.")
@harvest_options
@api_rate_option
@common_options
def command(no_worker: bool, config_file: Path | None, verbose: bool, **options: Any) -> int:  # noqa: ANN401, FBT001 - click's calling convention
    """Receive Zoom's events at /webhooks/zoom, keep them durably, and have the worker harvest what they ask for.

    /healthz says whether events can be kept and are served, /metrics speaks to Prometheus. Zoom wants https: put a
    reverse proxy before it (see the README). SIGTERM answers what is in hand and ends.

    Example: harvester serve --bind 127.0.0.1:8750 --types transcript,captions,chat,timeline
    """
    from jobs.loading import load
    from jobs.options import settings_given

    config = load(settings_given(options), config_file=config_file, verbose=verbose)
    secrets = config.webhook_secrets()
    if not no_worker:
        config.credentials()  # what it starts would end at once without
    words = [] if no_worker else _repeat(config_file, verbose=verbose, options=options)
    with listen(config.harvester_bind) as listener:
        _serve(config, secrets, listener, None if no_worker else words)
    return 0


def _repeat(config_file: Path | None, *, verbose: bool, options: dict[str, Any]) -> list[str]:
    """This command's own options, as words for the worker."""
    given = dict(options, config_file=config_file)
    words = ["--verbose"] if verbose else []
    for each in click.get_current_context().command.params:
        value = given.get(each.name or "")
        if isinstance(each, click.Option) and value is not None and each.name != "harvester_bind":
            values = value if isinstance(value, tuple) else (value,)
            words += [each.opts[0] if one is True else f"{each.opts[0]}={one}" for one in values]
    return words


def listen(bind: str) -> socket.socket:
    """Raises ConfigError where nothing can listen."""
    from harvester.errors import ConfigError

    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot listen on {bind}: {reason}", hint="choose another with --bind") from None


def _serve(config: Config, secrets: tuple[str, ...], listener: socket.socket, words: list[str] | None) -> None:
    import logging

    import uvicorn

    from harvester.clock import SystemClock
    from harvester.ledger import Ledger
    from harvester.pipeline.intake import Intake
    from harvester.pipeline.receive_bots import find_doors
    from jobs.child import Child
    from jobs.metrics import Gauges, RequestMetrics
    from jobs.patient import PatientProtocol
    from jobs.receiver import Complaints, Receiver
    from jobs.wiring import ledger_path

    clock = SystemClock()
    path = ledger_path(config)
    with Ledger(path):  # what is wrong with it is said now, not to Zoom
        pass
    gauges = Gauges(lambda: Ledger(path), config.state, clock)
    bots = find_doors(config)
    with Intake(lambda: Ledger(path, busy_s=_BUSY_S), clock) as intake:
        receiver = Receiver(
            intake=intake,
            secrets=secrets,
            bots=bots,
            clock=clock,
            state=config.state,
            requests=RequestMetrics(gauges.registry),
            gauges=gauges,
            complaints=Complaints(clock),
            child=None if words is None else Child(words),
        )
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        server = uvicorn.Server(
            uvicorn.Config(
                receiver.build_app(),
                http=PatientProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        host, port = listener.getsockname()[:2]
        log = logging.getLogger(__name__)
        paths = " ".join(f"/webhooks/{each}" for each in ("zoom", *bots))
        log.info("serve.listening", extra={"fields": {"host": host, "port": port, "path": paths}})
        with contextlib.suppress(KeyboardInterrupt):  # the way it is meant to end: what was in hand is answered
            server.run(sockets=[listener])
        log.info("serve.ended")
