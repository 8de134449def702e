"""How long a connection may say nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from jobs import patient

HEAD_S = 0.3


async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def port(monkeypatch):
    """A server that looks after its connections every third of a second."""
    monkeypatch.setattr(patient, "HEAD_S", HEAD_S)
    config = uvicorn.Config(
        answer, http=patient.PatientProtocol, lifespan="off", log_config=None, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def seconds_until_closed(connection):
    started = time.monotonic()
    connection.settimeout(10)
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(4096):
            pass
    return time.monotonic() - started


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_asks_for_nothing_is_shown_out(port, said):
    """Neither silence nor half a question holds a connection for longer than two looks at it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(said)
        assert seconds_until_closed(connection) < 10


def test_who_goes_on_asking_stays(port):
    """A connection that is used is kept over many looks, and ended when it falls silent."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(8):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"204" in connection.recv(4096)
            time.sleep(HEAD_S / 2)
        assert seconds_until_closed(connection) < 10
