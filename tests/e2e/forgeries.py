"""Requests that are not Zoom's, as raw bytes: seeded, each a true event changed in one or two ways.

Every one must be refused without being kept, and none may be answered with a 5xx.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Header = tuple[bytes, bytes]
HOST = b"harvester.example"


@dataclass(slots=True)
class Raw:
    """One request on its way to be spoilt."""

    body: bytes
    timestamp: bytes
    signature: bytes
    extra: list[Header] = field(default_factory=list)
    left_out: set[bytes] = field(default_factory=set)
    chunked: bool = False
    length: int | None = None
    path: bytes = b"/webhooks/zoom"

    def wire(self) -> bytes:
        headers: list[Header] = [
            (b"Host", HOST),
            (b"Content-Type", b"application/json; charset=utf-8"),
            (b"x-zm-request-timestamp", self.timestamp),
            (b"x-zm-signature", self.signature),
            *self.extra,
        ]
        if self.chunked:
            headers.append((b"Transfer-Encoding", b"chunked"))
            half = len(self.body) // 2
            pieces = [piece for piece in (self.body[:half], self.body[half:]) if piece]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        else:
            body = self.body
            headers.append((b"Content-Length", b"%d" % (len(body) if self.length is None else self.length)))
        kept = [(name, value) for name, value in headers if name not in self.left_out]
        lines = b"".join(b"%b: %b\r\n" % header for header in kept)
        return b"POST %b HTTP/1.1\r\n%b\r\n" % (self.path, lines) + body


def forge(event: bytes, secret: str, seed: int) -> tuple[str, bytes]:
    """What was changed, and the request."""
    chance = random.Random(seed)
    raw = _true(event, secret)
    names = [chance.choice(sorted(_SPOILING))]
    if chance.random() < 0.3:
        names.append(chance.choice(sorted(_SPOILING)))
    for name in names:
        _SPOILING[name](raw, chance, secret)
    return " and ".join(names), raw.wire()


def _true(event: bytes, secret: str) -> Raw:
    timestamp = b"%d" % int(time.time())
    return Raw(event, timestamp, _sign(event, timestamp, secret))


def _sign(body: bytes, timestamp: bytes, secret: str) -> bytes:
    return b"v0=" + hmac.new(secret.encode(), b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest().encode()


def _wrong_secret(raw: Raw, chance: random.Random, secret: str) -> None:
    other = chance.choice(["", secret[:-1], secret + "x", secret.upper() + "?", "another"])
    raw.signature = _sign(raw.body, raw.timestamp, other)


def _stale(raw: Raw, chance: random.Random, secret: str) -> None:
    age = chance.choice([3 * 3600 + 5, 86_400, 10**9, -700, -86_400, -(10**9)])
    raw.timestamp = b"%d" % (int(time.time()) - age)
    raw.signature = _sign(raw.body, raw.timestamp, secret)


def _strange_timestamp(raw: Raw, chance: random.Random, secret: str) -> None:
    raw.timestamp = chance.choice(
        [
            b"",
            b"abc",
            b"1e30",
            b"%d" % (time.time() * 1000),
            b"-1",
            b"9" * 400,
            b"\xd9\xa1\xd9\xa2",
            b"0x10",
            b"1.5",
            b"NaN",
        ]
    )
    raw.signature = _sign(raw.body, raw.timestamp, secret)


def _changed_byte(raw: Raw, chance: random.Random, _secret: str) -> None:
    if not raw.body:
        raw.body = b"x"
        return
    at = chance.randrange(len(raw.body))
    raw.body = raw.body[:at] + bytes([raw.body[at] ^ (1 << chance.randrange(8))]) + raw.body[at + 1 :]


def _added(raw: Raw, chance: random.Random, _secret: str) -> None:
    raw.body = chance.choice([raw.body + b" ", b"\xef\xbb\xbf" + raw.body, raw.body + b"\n", b"\r\n" + raw.body])


def _rewritten(raw: Raw, chance: random.Random, _secret: str) -> None:
    try:
        value = json.loads(raw.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raw.body += b"\0"
        return
    ways: list[Callable[[], bytes]] = [
        lambda: json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
        lambda: json.dumps(value, indent=1).encode(),
        lambda: json.dumps(value).encode("utf-16"),
        lambda: json.dumps(value).encode("utf-32-be"),
        lambda: json.dumps(value | {"extra": "\ud800"}).encode(),
        lambda: json.dumps(value | {"event_ts": 1}).encode(),
    ]
    raw.body = chance.choice(ways)()


def _mangled_signature(raw: Raw, chance: random.Random, _secret: str) -> None:
    good = raw.signature
    raw.signature = chance.choice(
        [good[3:], good.upper(), good[:-1], good + b"0", b"v1" + good[2:], b"v0=" + b"0" * 64, b"", b"v0=",
         good + b" " + good, b"v0=" + good[4:] + good[3:4], b"\xff\xfe" + good, "v0=ü".encode(),
         good.replace(b"=", b"%3D"), b"v0=" + b"g" * 64]
    )  # fmt: skip


def _left_out(raw: Raw, chance: random.Random, _secret: str) -> None:
    raw.left_out |= {chance.choice([b"x-zm-signature", b"x-zm-request-timestamp"])}


def _decoy(raw: Raw, chance: random.Random, secret: str) -> None:
    """A second, wrong copy of a header in front."""
    name = chance.choice([b"x-zm-signature", b"x-zm-request-timestamp"])
    raw.extra.append((name, b"v0=" + b"1" * 64))
    _wrong_secret(raw, chance, secret)


def _huge(raw: Raw, chance: random.Random, secret: str) -> None:
    raw.body = raw.body[:-1] + b" " * (2**20 + chance.randrange(2**16)) + b"}"
    raw.chunked = chance.random() < 0.5
    raw.signature = _sign(raw.body, raw.timestamp, secret)


def _chunked_forgery(raw: Raw, chance: random.Random, secret: str) -> None:
    raw.chunked = True
    _wrong_secret(raw, chance, secret)


def _signed_nonsense(raw: Raw, chance: random.Random, secret: str) -> None:
    """Well signed, and no event: whoever holds the secret made a mistake, and nothing is kept of it."""
    raw.body = chance.choice(
        [b"", b"{}", b"[]", b"null", b"\x00" * 9, b'{"event":""}', b'{"event":NaN}', b"[" * 5000, b'{"event":[]}',
         b'{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1:x"}}',
         b'{"event":"endpoint.url_validation","payload":{"plainToken":7}}',
         b'{"event":"endpoint.url_validation"}']
    )  # fmt: skip
    raw.signature = _sign(raw.body, raw.timestamp, secret)


_SPOILING: dict[str, Callable[[Raw, random.Random, str], None]] = {
    "wrong secret": _wrong_secret,
    "stale": _stale,
    "strange time stamp": _strange_timestamp,
    "changed byte": _changed_byte,
    "added bytes": _added,
    "written again": _rewritten,
    "mangled signature": _mangled_signature,
    "header left out": _left_out,
    "decoy header": _decoy,
    "huge": _huge,
    "chunked forgery": _chunked_forgery,
    "signed nonsense": _signed_nonsense,
}
