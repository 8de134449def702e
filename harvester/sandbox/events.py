"""The other direction: what this Zoom tells by itself, signed and sent to a webhook.

Bodies are those of Zoom's reference and of a public capture: `payload` first, files with addresses under
`/rec/download`, a `download_token` for a day. Decides when an event is due; whether it comes twice, late or never is
up to whoever asks for it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from harvester.sandbox.account import SandboxFile, SandboxMeeting
from harvester.sandbox.bots.events import build_bot_event, sign_bot_event
from harvester.sandbox.bots.model import KEY_OF, SOURCES, SandboxBot
from harvester.sandbox.listing import build_file, build_meeting
from harvester.sandbox.tokens import jwt_like
from harvester.sandbox.world import World

COMPLETED, TRANSCRIBED = "recording.completed", "recording.transcript_completed"
WITHOUT_TOKEN = frozenset({"recording.deleted", "recording.renamed", "meeting.aic_transcript_completed"})
RETRIES_S = (300.0, 1200.0, 3600.0)
"""Zoom sends an event again so long after a network failure or a 5xx, then gives up."""
_WANTED_AGAIN = 500  # 3xx and 4xx are final
_LOOK_S = 0.1
_DAY_S = 86_400
_TIMEOUT_S = 3.0
_TRANSCRIPTS = frozenset({"TRANSCRIPT"})
_OPERATOR = "admin@example.com"


def build_event(world: World, name: str, meeting: SandboxMeeting) -> bytes:
    """Body of one event about a meeting, as of now."""
    now = world.now()
    item = build_meeting(world, meeting)
    item["host_email"] = next((each.email for each in world.account.users if each.id == meeting.host_id), "")
    item["password"] = meeting.passcode
    if name == TRANSCRIBED:
        files = [each for each in meeting.files or () if _is_transcript(each) and world.is_listed(each)]
        item["recording_files"] = [build_file(world, meeting, each) for each in files]
        item["recording_count"] = len(files)
    payload: dict[str, Any] = {"account_id": world.account.id, "object": item}
    if name.startswith("recording.") and name not in {COMPLETED, TRANSCRIBED}:
        payload |= {"operator": _OPERATOR, "operator_id": world.account.owner_id}
    body = {"payload": payload, "event_ts": int(now.timestamp() * 1000), "event": name}
    if name not in WITHOUT_TOKEN:
        token = jwt_like({"iss": "sandbox", "mid": meeting.uuid, "at": body["event_ts"]}, "event")
        body["download_token"] = world.download_tokens.issue(meeting.uuid, now=now, ttl_s=_DAY_S, token=token)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def sign_event(body: bytes, secret: str, timestamp: str) -> dict[str, str]:
    """Headers that Zoom puts on a webhook request."""
    message = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zoom Marketplace/1.0a",
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": f"v0={digest}",
        "x-zm-trackingid": f"SBX_{digest[:16]}",
    }


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go, and the secret they are signed with."""

    url: str
    secret: str = field(repr=False)

    def send(self, body: bytes, *, now: datetime) -> int:
        """HTTP status of the answer; 0 when there was none in the three seconds that Zoom waits."""
        return post(self.url, body, sign_event(body, self.secret, str(int(now.timestamp()))))

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """HTTP status of the answer; 0 when there was none in three seconds."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Events:
    """Each meeting's events, sent to the webhook once they are true: recorded when its media are there, transcribed.

    What was true before it began is not told.
    """

    def __init__(self, world: World, webhook: Webhook | None) -> None:
        self._world = world
        self._webhook = webhook
        self._told: set[tuple[str, str]] = set()
        self._waiting: list[tuple[float, int, bytes]] = []  # moment, tries made, body
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def build(self, name: str, uuid: str) -> bytes:
        """Body of an event about a meeting, as it is now."""
        return build_event(self._world, name, next(m for m in self._world.account.meetings if m.uuid == uuid))

    def send(self, body: bytes) -> int:
        """Sign it and send it once; gives the HTTP status, 0 for no answer."""
        if self._webhook is None:
            raise ValueError("there is no webhook to send events to")
        return self._webhook.send(body, now=self._world.now())

    def build_bot(self, name: str, bot_id: str, *, part_id: str | None = None) -> bytes:
        """Body of an event about a bot, as it is now; names as its API has them (see `bots.events`)."""
        return build_bot_event(self._world, name, self._find_bot(bot_id), part_id=part_id)

    def send_bot(self, bot_id: str, body: bytes, *, origin: str | None = None) -> int:
        """Sign it as the bot's API does and send it once to the receiver's /webhooks/NAME; 0 for no answer.

        `origin` is the receiver's, by default that of Zoom's webhook.
        """
        source = self._find_bot(bot_id).source
        origin = origin or (self._webhook.origin if self._webhook else None)
        if origin is None:
            raise ValueError("there is no webhook to send events to")
        headers = sign_bot_event(source, body, self._world.account, now=self._world.now())
        return post(f"{origin}/webhooks/{KEY_OF[source]}", body, headers)

    def _find_bot(self, bot_id: str) -> SandboxBot:
        bots = (self._world.bots.find(source, bot_id) for source in SOURCES)
        found = next((bot for bot in bots if bot is not None), None)
        if found is None:
            raise ValueError(f"there is no bot {bot_id}")
        return found

    def start(self) -> None:
        if self._webhook:
            self._told.update(_find_true(self._world))
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            self._tell_news()

    def _tell_news(self) -> None:
        news = [each for each in _find_true(self._world) if each not in self._told]
        self._told.update(news)
        self._waiting += [(0.0, 0, self.build(name, uuid)) for uuid, name in news]
        now = self._world.now().timestamp()
        due = [each for each in self._waiting if each[0] <= now]
        self._waiting = [each for each in self._waiting if each[0] > now]
        for _, tries, body in due:
            status = self.send(body)
            if (status == 0 or status >= _WANTED_AGAIN) and tries < len(RETRIES_S):
                self._waiting.append((now + RETRIES_S[tries], tries + 1, body))


def _find_true(world: World) -> Iterable[tuple[str, str]]:
    """(uuid, event) of all that could have been told by now."""
    now = world.now()
    for meeting in world.account.meetings:
        if not world.is_visible(meeting):
            continue
        files = meeting.files or ()
        media = [each for each in files if not _is_transcript(each)]
        if media and all(each.is_ready(now) for each in media):
            yield meeting.uuid, COMPLETED
        transcripts = [each for each in files if _is_transcript(each)]
        if transcripts and all(each.is_ready(now) for each in transcripts):
            yield meeting.uuid, TRANSCRIBED


def _is_transcript(file: SandboxFile) -> bool:
    return file.file_type in _TRANSCRIPTS
