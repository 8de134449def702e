"""What the bodies of all providers' webhooks have in common: what they are told apart by. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from harvester.bots.canonical_json import hash_json
from harvester.event import Event, Intent, Mention
from harvester.model import Json


def build_event(
    name: str, intent: Intent, body: Json, *, mentions: Iterable[Mention] = (), happened_at: datetime | None = None
) -> Event:
    """An event; `body` is without secrets and without what differs from one copy of it to the next."""
    return Event(name, intent, hash_json(body), happened_at, None, tuple(mentions), body)
