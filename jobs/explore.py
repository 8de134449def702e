"""`harvester explore`: the lake as pages."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, settings_given

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_QUESTION_S = 30.0
_GRACE_S = 2
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - read, not listened on


@click.command("explore")
@click.option("--bind", default="127.0.0.1:8751", show_default=True, metavar="HOST:PORT", help="Where to listen.")
@click.option("--token", "with_token", is_flag=True, help="Ask for a token on loopback, too.")
@common_options
def command(
    bind: str,
    with_token: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Look at the lake in a browser: calendar, meetings, transcripts with their sound, speakers, search.

    Read only, and for this machine alone. Bound to another address than loopback it asks for a token, which stands in
    the address that is printed; the words of meetings then go over the network unencrypted, so put TLS before it. On
    a machine with other users add --token.

    Example: harvester explore --bind 127.0.0.1:8751
    """
    from harvester.explore.app import Explorer
    from harvester.explore.security import TOKEN, is_loopback
    from harvester.explore.speech import Index
    from harvester.lake.session import Sessions
    from jobs.indexing import index_folder
    from jobs.loading import load
    from jobs.serve import listen

    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=True)
    with listen(bind) as listener:
        host, port = listener.getsockname()[:2]
        is_local = is_loopback(host)
        token = secrets.token_urlsafe(32) if with_token or not is_local else None
        sessions = Sessions(config.lake, _QUESTION_S)
        index = Index(index_folder(config) if config.state.is_dir() else None)  # without a home nothing is left behind
        threading.Thread(target=index.warm, args=(config.lake,), daemon=True).start()
        explorer = Explorer(
            sessions=sessions,
            archive=config.archive,
            index=index,
            api_base_url=config.zoom_api_base_url,
        )
        shown = socket.gethostname() if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
        click.echo(f"http://{shown}:{port}/{f'?{TOKEN}={token}' if token else ''}")
        click.echo("Ctrl-C ends it.", err=True)
        with contextlib.closing(sessions):
            _serve(explorer.build_app(token=token, is_local=is_local), listener)
    return 0


def _serve(app: ASGIApp, listener: socket.socket) -> None:
    import logging

    import uvicorn

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    with contextlib.suppress(KeyboardInterrupt):  # the way it is meant to end
        server.run(sockets=[listener])
