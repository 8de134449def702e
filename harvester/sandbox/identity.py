"""Ids and credentials of invented accounts: the shapes Zoom uses, made from a name or a seed."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid
from datetime import UTC, date, datetime, time

_SPACE = uuid.UUID("6d1f3a52-9c1e-5c0b-8d57-0a4f0e6b7c21")

ACCOUNT_ID = "SbxAccount0000000000AA"
CLIENT_ID = "SbxClient00000000000AA"
CLIENT_SECRET = "sandbox-client-secret-not-a-real-one"  # noqa: S105  the server accepts it from anybody


def file_id(*parts: object) -> str:
    """UUID text that depends on `parts` only."""
    return str(uuid.uuid5(_SPACE, "|".join(str(part) for part in parts)))


def meeting_uuid(*parts: object) -> str:
    """16 bytes in base64, as Zoom writes a meeting's UUID."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()
    return base64.b64encode(digest[:16]).decode()


def awkward_uuid(plain: str, shape: int) -> str:
    """Turn a UUID into one that starts with a slash (0), doubles one (1) or holds a plus (2)."""
    match shape:
        case 0:
            return "/" + plain[1:]
        case 1:
            return plain[:4] + "//" + plain[6:]
        case _:
            return plain[:6] + "+" + plain[7:]


def user_id(*parts: object) -> str:
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:22].replace("-", "x").replace("_", "y")


def stay_number(name: str) -> int:
    """The id under which somebody is in a meeting: the same in its timelines and its list of participants."""
    return 16_778_240 + 1024 * (int.from_bytes(hashlib.sha256(name.encode()).digest()[:3], "big") % 2**20)


def meeting_number(chance: random.Random) -> int:
    """Draw 11 digits, more than 32 bits hold."""
    return chance.randrange(81_000_000_000, 99_000_000_000)


def anchor_of(today: date | datetime | None) -> datetime:
    """Say which moment an account is made for: now, a given moment, or noon of a given day."""
    if today is None:
        return datetime.now(UTC).replace(microsecond=0)
    if isinstance(today, datetime):
        return today.astimezone(UTC).replace(microsecond=0)
    return datetime.combine(today, time(12), tzinfo=UTC)
