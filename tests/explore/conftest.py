"""One home for all tests here, which only read it, and a real server on loopback."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import threading
from pathlib import Path

import explore_samples as samples
import pytest
import uvicorn
from client import Client, Written

from harvester.explore.app import Explorer
from harvester.explore.speech import Index
from harvester.lake.session import Sessions
from jobs.cli import run_command


def _forget(_handle: int) -> None:
    """Waiting for a real disk is no part of what is tested here."""


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", _forget)
        home = samples.write_home(tmp_path_factory.mktemp("home"))
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.mp4").write_bytes(b"not ours")
    (home / "archive" / "zoom" / "link").symlink_to(elsewhere)
    (home / "archive" / "zoom" / "chat.txt").write_text("hello")
    (home / "archive" / "zoom" / "page.html").write_text("<script>alert(1)</script>")
    (home / "lake" / "secret.mp4").write_bytes(b"not media")
    return home


@pytest.fixture
def quick_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", _forget)


@contextlib.contextmanager
def serving(home: Path, *, token: str | None = None, is_local: bool = True):
    """A client of the pages over this home."""
    sessions = Sessions(home / "lake", 30.0)
    explorer = Explorer(
        sessions=sessions, archive=home / "archive", index=Index(None), api_base_url="https://api.zoom.us/v2"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            explorer.build_app(token=token, is_local=is_local), log_config=None, ws="none", http="h11", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Client(*listener.getsockname()[:2])
        finally:
            server.should_exit = True
            thread.join()
            sessions.close()


@pytest.fixture(scope="session")
def client(home):
    with serving(home) as client:
        yield client


@pytest.fixture(scope="session")
def write_report(home, tmp_path_factory):
    """The file that these words make, and where it lies; each is made once."""

    @functools.cache
    def write_report(*words: str) -> Written:
        folder = tmp_path_factory.mktemp("report")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", _forget)
            assert run_command(["report", "--home", str(home), "--html", str(folder / "report.html"), *words]) == 0
        assert [each.name for each in folder.iterdir()] == ["report.html"]
        return Written(200, {}, (folder / "report.html").read_bytes(), folder / "report.html")

    return write_report


@pytest.fixture
def serve():
    return serving
