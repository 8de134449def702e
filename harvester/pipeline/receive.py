"""What to answer to a request that claims to be Zoom's. Pure: the caller keeps the event, then sends the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from harvester.body import parse_object
from harvester.errors import Damaged
from harvester.event import Event
from harvester.source import ZOOM
from harvester.zoom.events import CHALLENGE, read_event
from harvester.zoom.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, answer_challenge, find_forgery

MOST_BYTES = 2**20
"""Of a body. The largest event names 300 recordings in some 60 kB."""

OK, KEPT, UNREADABLE, FORGED, TOO_LARGE, UNAVAILABLE = 200, 204, 400, 401, 413, 503


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, the JSON to send with it, and the event to keep before it is sent, with its source's name.

    `reason` is for our own log: whoever was refused learns nothing.
    """

    status: int
    reply: Mapping[str, str] | None = None
    event: Event | None = None
    reason: str | None = None
    source: str = ZOOM


def judge_request(body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime) -> Answer:
    """The answer to one request; the names of `headers` are in lower case."""
    if len(body) > MOST_BYTES:
        return Answer(TOO_LARGE, reason=f"it is longer than {MOST_BYTES} bytes")
    timestamp, signature = headers.get(TIMESTAMP_HEADER), headers.get(SIGNATURE_HEADER)

    def find_fault(*tried: str) -> str | None:
        return find_forgery(body, timestamp=timestamp, signature=signature, secrets=tried, now=now)

    if reason := find_fault(*secrets):
        return Answer(FORGED, reason=reason)
    answer = trust_request(body)
    if answer.event is None and answer.status == OK:
        # by the secret that signed the question: while it is being changed, that is the one Zoom knows
        signer = next(each for each in secrets if find_fault(each) is None)
        reply = answer_challenge(_find_token(body), signer)
        return Answer(OK, reply) if reply else Answer(UNREADABLE, reason="its challenge has no usable token")
    return answer


def trust_request(body: bytes) -> Answer:
    """The same for a body that is known to be Zoom's; a challenge (`OK`) stays without a reply."""
    if len(body) > MOST_BYTES:
        return Answer(TOO_LARGE, reason=f"it is longer than {MOST_BYTES} bytes")
    try:
        event = read_event(body)
    except Damaged as error:
        return Answer(UNREADABLE, reason=error.message)
    return Answer(OK, reason="it is a challenge") if event.name == CHALLENGE else Answer(KEPT, event=event)


def _find_token(body: bytes) -> object:
    inner = parse_object(body).get("payload")
    return inner.get("plainToken") if isinstance(inner, dict) else None
