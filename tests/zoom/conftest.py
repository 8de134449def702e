"""A server that answers from a script, a clock that passes only by sleeping, and a source that uses both."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import requests

from harvester.retry import RetryPolicy
from harvester.zoom.source import ZoomSource

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
SECRET = "canary-client-secret"


class FakeClock:
    """Safe for one thread at a time; sleeping is instant and moves both readings."""

    def __init__(self):
        self.slept = []
        self.jumped_s = 0.0

    def now(self):
        return NOW + timedelta(seconds=sum(self.slept))

    def monotonic(self):
        return sum(self.slept) + self.jumped_s

    def sleep(self, seconds):
        self.slept.append(seconds)


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    target: str


@dataclass
class Script:
    """Answers by path: a list is used up one by one (its last stays), a callable is asked, a dict is JSON at 200."""

    routes: dict[str, object] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    tokens: int = 0

    def __post_init__(self):
        self.routes["/oauth/token"] = self._issue_token

    def _issue_token(self, _asked):
        self.tokens += 1
        return {"access_token": f"token-{self.tokens}", "token_type": "bearer", "expires_in": 3599}

    def answer(self, asked):
        with self.lock:
            self.asked.append(asked)
            route = self.routes.get(asked.path, (404, {"code": 2300, "message": "not recognized"}))
            if isinstance(route, list):
                route = route.pop(0) if len(route) > 1 else route[0]
            return route(asked) if isinstance(route, Callable) else route

    def paths(self):
        return [each.path for each in self.asked if each.method == "GET"]


def _handler(script):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # headers and body in one packet

        def _serve(self):
            length = int(self.headers.get("Content-Length", 0))
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            path, _, query = self.path.partition("?")
            asked = Asked(self.command, path, dict(parse_qsl(query)), dict(self.headers), form, self.path)
            reply = script.answer(asked)
            status, body, headers = (*reply, {})[:3] if isinstance(reply, tuple) else (200, reply, {})
            if body is None:
                self.close_connection = True
                return
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *args):
            """Stay silent."""

    return Handler


class QuietServer(ThreadingHTTPServer):
    """Says nothing about clients that hang up; any other error is shown."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture
def script():
    script = Script()
    server = QuietServer(("127.0.0.1", 0), _handler(script))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def source(script, session, clock):
    return ZoomSource(
        account_id="canary-account",
        client_id="client",
        client_secret=SECRET,
        api_base_url=f"{script.url}/v2",
        oauth_url=f"{script.url}/oauth/token",
        session=session,
        clock=clock,
        retry=RetryPolicy(attempts=3),
    )


@pytest.fixture(scope="session")
def zoom_fixtures():
    """Folder of observed payloads beside the checkout; they hold other people's words and are not part of it."""
    folder = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "zoom"
    if not folder.is_dir():
        pytest.skip("the observed payloads are not beside this checkout")
    return folder
