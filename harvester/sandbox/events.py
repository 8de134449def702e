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
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from harvester.sandbox.account import SandboxFile, SandboxMeeting
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
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        try:
            headers = sign_event(body, self.secret, str(int(now.timestamp())))
            connection.request("POST", parts.path or "/", body, headers)
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
