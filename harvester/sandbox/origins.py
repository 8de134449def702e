"""Two origins on loopback and a thread per connection: who listens, and how it ends. Knows nothing of Zoom."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping

from harvester.sandbox.wire import BadRequest, Request, read_request

_HOST = "127.0.0.1"
_BACKLOG = 256
_CLOSING_S = 5.0

Answer = Callable[[socket.socket, Request, str], bool]
"""Answers one request of an origin; True when the connection may be used again."""


class Origins:
    """Listens on a port per name from `open` until `close`; port 0 is a free one."""

    def __init__(self, ports: Mapping[str, int], answer: Answer) -> None:
        self._ports = ports
        self._answer = answer
        self.stopping = threading.Event()
        self._listeners: dict[str, socket.socket] = {}
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def open(self) -> dict[str, str]:
        """Take the ports; gives the address of each. Raises OSError, with no port left open."""
        urls = {}
        for name, port in self._ports.items():
            try:
                listener = socket.create_server((_HOST, port), backlog=_BACKLOG)
            except OSError:
                self.close()  # the first port may be open already
                raise
            self._listeners[name] = listener
            urls[name] = f"http://{_HOST}:{listener.getsockname()[1]}"
        return urls

    def start(self) -> None:
        for name in self._listeners:
            threading.Thread(target=self._accept, args=(name,), daemon=True).start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.stopping.set()
        for listener in self._listeners.values():
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            open_now = dict(self._connections)
        for connection, thread in open_now.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_CLOSING_S)

    def _accept(self, name: str) -> None:
        listener = self._listeners[name]
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection, name), daemon=True)
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket, name: str) -> None:
        # a client that goes away is no event here: cut connections are what this server is for
        with contextlib.suppress(OSError, BadRequest), connection, connection.makefile("rb") as reader:
            try:
                while not self.stopping.is_set() and (request := read_request(reader)):
                    if not self._answer(connection, request, name):
                        break
            finally:
                with self._lock:
                    self._connections.pop(connection, None)
