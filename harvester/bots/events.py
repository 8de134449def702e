"""What the bodies of all providers' webhooks have in common: what they are told apart by. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from harvester.event import Event, Intent, Mention
from harvester.model import Json


def build_event(
    name: str, intent: Intent, body: Json, *, mentions: Iterable[Mention] = (), happened_at: datetime | None = None
) -> Event:
    """An event; `body` is without secrets and without what differs from one copy of it to the next."""
    said = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return Event(name, intent, digest, happened_at, None, tuple(mentions), body)
