"""The sandbox's bots, served as fast as a socket can: what an hour of words costs to make is paid before.

`python -m benchmarks.bot_host BOTS MIDNIGHT FOLDER` makes every answer and file of every bot with two processes, prints
its address and serves until it is killed. Listings, and whatever else was not made before, the sandbox answers itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks.bot_account import build_account
from benchmarks.measure import environment
from harvester.sandbox import SandboxAccount, SandboxBot
from harvester.sandbox.bots.answers import answer_bots
from harvester.sandbox.bots.environment import build_environment
from harvester.sandbox.bots.paths import find_bot_route
from harvester.sandbox.bots.transcripts import count
from harvester.sandbox.faults import FaultSet
from harvester.sandbox.filehost import answer_file
from harvester.sandbox.origins import Origins
from harvester.sandbox.wire import Delivery, Reply, Request, json_reply, read_request, send_reply
from harvester.sandbox.world import Settings, World

_LIFE_S = 86_400.0
_PROCESSES = 2
_UNMADE = "/unmade"
_LEFT = {"raw_transcript", "processed_transcript", "raw_transcription"}
"""Addresses that nobody follows: other forms of what is fetched."""
_CALLS = {
    "meetstream": (
        "/meetstream/api/v1/bots/{bot}/detail",
        "/meetstream/api/v1/bots/{bot}/transcriptions",
        "/meetstream/api/v1/bots/{bot}/get_participants",
        "/meetstream/api/v1/bots/{bot}/get_chats",
        "/meetstream/api/v1/bots/{bot}/get_speaker_timeline",
        "/meetstream/api/v1/bots/{bot}/get_audio",
        "/meetstream/api/v1/bots/{bot}/get_video",
        "/meetstream/api/v1/transcript/{run}/get_transcript",
    ),
    "meetingbaas_v1": ("/meetingbaas/bots/meeting_data?bot_id={bot}&include_transcripts=true",),
    "meetingbaas_v2": ("/meetingbaas/v2/bots/{bot}", "/meetingbaas/v2/bots/{bot}/status"),
}


class BotHost:
    """The server as a process of its own, from `with` until its end; ready when entered."""

    def __init__(self, bots: int, midnight: datetime, folder: Path, *, length_ms: int) -> None:
        self._command = [str(bots), midnight.isoformat(), str(folder), str(length_ms)]
        self._account = build_account(bots, midnight, length_ms=length_ms)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bot_host", *self._command],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.origin, self.words, self.segments = said["origin"], said["words"], said["utterances"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def environment(self) -> dict[str, str]:
        return build_environment(self._account, self.origin)

    def unmade(self) -> set[str]:
        """Names of the calls that found no answer made, so that the sandbox made it while a clock ran."""
        with urlopen(self.origin + _UNMADE, timeout=10) as answer:  # noqa: S310 - our own server
            return set(json.load(answer))

    def cpu_s(self) -> float:
        """User and system time of the server so far, without what the answers cost to make."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _build_world(account: SandboxAccount, origin: str) -> World:
    settings = Settings(signed_url_ttl_s=_LIFE_S)
    return World(
        account, settings, lambda: datetime.now(UTC), FaultSet(()), None, api_origin=origin, file_origin=origin
    )


def _answer(world: World, request: Request) -> Reply:
    route = find_bot_route(request.method, request.path)
    return answer_bots(world, request, route) if route else answer_file(world, request)


def _name(folder: Path, target: str) -> Path:
    return folder / hashlib.sha256(target.encode()).hexdigest()


def make_share(bots: int, midnight: datetime, folder: Path, length_ms: int, origin: str, share: int) -> dict[str, int]:
    """Every `_PROCESSES`th bot's answers and files into the folder, as they go over the wire; counts what is said."""
    account = build_account(bots, midnight, length_ms=length_ms)
    world = _build_world(account, origin)
    said = {"words": 0, "utterances": 0}
    for bot in account.bots[share::_PROCESSES]:
        run = bot.recordings[0].runs[0]
        counted = count(run)
        said = {name: said[name] + counted[name] for name in said}
        targets = [each.format(bot=bot.id, run=run.id) for each in _CALLS[bot.source]]
        for target in targets:
            body = _keep(world, folder, target, _find_headers(bot, account))
            if target.partition("?")[0].endswith(("get_transcript", "get_participants", "get_chats")):
                continue  # they name no addresses
            for address in _find_addresses(json.loads(body), origin):
                _keep(world, folder, address.removeprefix(origin), {})
    return said


def _find_headers(bot: SandboxBot, account: SandboxAccount) -> dict[str, str]:
    if bot.source == "meetstream":
        return {"Authorization": f"Token {account.bot_keys['meetstream']}"}
    return {"x-meeting-baas-api-key": account.bot_keys["meetingbaas"]}


def _keep(world: World, folder: Path, target: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    request = read_request(BufferedReader(BytesIO("\r\n".join([*lines, "", ""]).encode())))
    assert request is not None
    reply = _answer(world, request)
    assert reply.status == 200, f"{urlsplit(target).path} answers {reply.status}"  # noqa: PLR2004
    body = reply.body.read(0, reply.body.size)
    head = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in reply.headers), f"Content-Length: {len(body)}"]
    _name(folder, target).write_bytes("\r\n".join([*head, "", ""]).encode("latin-1") + body)
    return body


def _find_addresses(value: Any, origin: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in _LEFT and name != "transcripts":
                yield from _find_addresses(each, origin)
    elif isinstance(value, list):
        for each in value:
            yield from _find_addresses(each, origin)
    elif isinstance(value, str) and value.startswith(origin):
        yield value


def serve(bots: int, midnight: datetime, folder: Path, length_ms: int) -> None:
    folder.mkdir(parents=True)
    account = build_account(bots, midnight, length_ms=length_ms)
    stopping = threading.Event()
    unmade: set[str] = set()

    def answer(connection: socket.socket, request: Request, _origin: str) -> bool:
        try:
            connection.sendall(_name(folder, request.target).read_bytes())
        except FileNotFoundError:
            reply = json_reply(200, sorted(unmade)) if request.path == _UNMADE else make(request)
            return send_reply(connection, request, reply, Delivery(), stopping=stopping, count=lambda _size: None)
        return True

    def make(request: Request) -> Reply:
        route = find_bot_route(request.method, request.path)
        unmade.add(route.name if route else "file")
        return _answer(world, request)

    origins = Origins({"api": 0}, answer)
    origin = origins.open()["api"]
    world = _build_world(account, origin)
    with ProcessPoolExecutor(_PROCESSES) as pool:
        shares = list(pool.map(partial(make_share, bots, midnight, folder, length_ms, origin), range(_PROCESSES)))
    origins.start()
    print(
        json.dumps({"origin": origin, **{name: sum(each[name] for each in shares) for name in shares[0]}}), flush=True
    )
    stopping.wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
