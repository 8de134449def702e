from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from launcher import Launcher
from rig import Rig

from harvester.retry import RetryPolicy
from harvester.sandbox import Sandbox, SandboxAccount, demo_account, generate_account

MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    """Sandboxes that end with the test, each with a folder of its own."""
    numbers = itertools.count()
    with contextlib.ExitStack() as stack:

        def make(account: SandboxAccount, *, home: Path | None = None, **settings: Any) -> Rig:
            cwd = tmp_path / f"cwd{next(numbers)}"
            cwd.mkdir()
            if home:
                shutil.copytree(home, cwd / "harvest")
            return Rig(stack.enter_context(Sandbox(account, **settings)), cwd)

        yield make


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait hundredths of a second: how long they wait is tested elsewhere, here only that they do."""
    monkeypatch.setattr(RetryPolicy.__init__, "__defaults__", (4, 0.02, 0.05))
    defaults = {"retry": RetryPolicy()}
    from harvester.zoom import ZoomSource

    held = ZoomSource.__init__.__kwdefaults__ or {}
    monkeypatch.setattr(ZoomSource.__init__, "__kwdefaults__", {**held, **defaults})


@pytest.fixture(scope="session")
def tiny_account() -> SandboxAccount:
    """Four meetings: awkward UUIDs, a recurring id, one paused and resumed; twenty files."""
    return generate_account(meetings=4, seed=11, days=2, cues=6, media_bytes=40_000)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The demo account, harvested once; tests that change its home copy it."""
    with Sandbox(demo_account()) as box:
        rig = Rig(box, tmp_path_factory.mktemp("demo"))
        ran = rig.call("nightly", "--since", "30d", "--json")
        assert ran.code == 0, ran.err
        yield rig


@pytest.fixture
def tiny(make_rig: MakeRig, tiny_account: SandboxAccount, quick: None) -> Rig:
    return make_rig(tiny_account)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small filesystem cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


class InboxServer:
    """A server that takes POSTs and remembers path and JSON of each."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def inbox_server() -> Iterator[InboxServer]:
    server = InboxServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Where commands are forked from when a test needs a process of its own and no second of imports."""
    with Launcher() as started:
        yield started
