"""What the benchmarks measure with: the delay line holds back what it says, and the table hides nothing."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time

import pytest

from benchmarks.measure import Ran, ratio, wall
from benchmarks.table import at_most, not_measured, render


@pytest.fixture
def echo():
    """A server that sends back what it gets, to the end."""

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    while data := connection.recv(65536):
                        connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def delayed(target, *words):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.wire.delay", "--pair", f"{port}:{target}", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield port
        process.terminate()


def talk(connection, data):
    """Seconds until all of `data` has come back."""
    started, got = time.monotonic(), 0
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    while got < len(data):
        got += len(connection.recv(65536))
    sender.join()
    return time.monotonic() - started


def test_the_delay_line_holds_back_a_round_trip_and_a_handshake(echo):
    """The first answer takes the handshake's round trip and its own, every later one its own."""
    with (
        delayed(echo, "--rtt-ms", "100") as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
    ):
        assert talk(connection, b"hello") >= 0.199
        assert 0.099 <= min(talk(connection, b"again") for _ in range(8)) < 0.199


def test_the_delay_line_lets_no_more_through_than_its_cap(echo):
    """Two megabytes at four a second take half a second and lose no byte."""
    with (
        delayed(echo, "--rtt-ms", "2", "--cap", "4e6") as port,
        socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
    ):
        assert talk(connection, bytes(2_000_000)) >= 0.45


def test_the_table_says_what_was_missed_and_what_was_not_measured():
    """A missed target reads as missed, a missing tool as its reason, and ratios are taken round by round."""
    ran = [Ran(seconds, 1.0, 0, 0, "", "") for seconds in (1.0, 4.0, 2.0)]
    slower = [Ran(seconds, 1.0, 0, 0, "", "") for seconds in (2.0, 4.0, 6.0)]
    assert ratio(slower, ran, wall) == 2.0
    text = render([at_most("a", 2.0, 1.5), at_most("b", 1.0, 1.5), not_measured("c", "<= 1", "no aria2c here")])
    assert [line.split("|")[-2].strip() for line in text.splitlines()[2:]] == ["missed", "met", "-"]
    assert "not measured: no aria2c here" in text
