"""Everything opaque that the sandbox hands out and takes back: access, download and page tokens, signed URLs.

All are made from counters, so that two runs of the same account give the same tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

T = TypeVar("T")


class Verdict(Enum):
    GOOD = auto()
    EXPIRED = auto()
    UNKNOWN = auto()


def opaque(*parts: object, length: int = 43) -> str:
    """Text that looks like Zoom's tokens and depends on `parts` only."""
    digest = hashlib.sha512("|".join(str(part) for part in parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def jwt_like(claims: dict[str, Any], *key: object) -> str:
    """Three parts joined by dots, as Zoom's download tokens look; the signature is not meant to be checked."""
    parts = ({"typ": "JWT", "alg": "HS512"}, claims)
    texts = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
        for part in parts
    ]
    return ".".join([*texts, opaque(*key, *texts, length=86)])


@dataclass(slots=True)
class _Issued(Generic[T]):
    holder: T
    expires_at: datetime


@dataclass(slots=True)
class Book(Generic[T]):
    """Tokens in circulation, each with what it stands for and when it dies."""

    name: str
    _issued: dict[str, _Issued[T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, holder: T, *, now: datetime, ttl_s: float, token: str | None = None) -> str:
        """Hand out a token; `token` gives its text, otherwise the next of the sequence."""
        with self._lock:
            text = token or opaque(self.name, len(self._issued))
            self._issued[text] = _Issued(holder, now + timedelta(seconds=ttl_s))
        return text

    def look_up(self, token: str, *, now: datetime) -> tuple[Verdict, T | None]:
        with self._lock:
            issued = self._issued.get(token)
        if issued is None:
            return Verdict.UNKNOWN, None
        return (Verdict.GOOD if now < issued.expires_at else Verdict.EXPIRED), issued.holder

    def expire_all(self, *, now: datetime) -> None:
        with self._lock:
            for issued in self._issued.values():
                issued.expires_at = min(issued.expires_at, now)


_SIGNING_KEY = b"sandbox"


def sign_url(path: str, *, expires_at: datetime, extra: str = "") -> str:
    """Path with an expiry and a signature, in the manner of CloudFront's query."""
    policy = str(int(expires_at.timestamp()))
    return f"{path}?{extra}Policy={policy}&Signature={_signature(path, policy)}&Key-Pair-Id=SANDBOX"


def is_signed(path: str, query: str, *, now: datetime) -> bool:
    fields = dict(parse_qsl(query))
    policy = fields.get("Policy", "")
    if _signature(path, policy) != fields.get("Signature"):
        return False
    return now.timestamp() < int(policy)


def _signature(path: str, policy: str) -> str:
    digest = hmac.new(_SIGNING_KEY, f"{path}|{policy}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
