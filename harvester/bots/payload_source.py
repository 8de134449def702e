"""What every source of bots' recordings answers alike, whether it has an API or no more than saved payloads. Pure.

Never decides what is asked, nor of whom; that is left to `harvester.bots.source` and `harvester.bots.imports.source`.
"""

from __future__ import annotations

from harvester.bots.imports import Importable, merge_payloads
from harvester.bots.provider import Interpreter
from harvester.errors import HarvesterError
from harvester.model import Json, Recording


class PayloadSource:
    """The part of `harvester.source.Source` that reads payloads."""

    lists_files = False
    keeps_said = True
    account_id = None  # no key tells whose it is

    def __init__(self, interpreter: Interpreter) -> None:
        self._reader = Importable(interpreter)

    @property
    def name(self) -> str:
        return self._reader.name

    def take_refusals(self) -> list[HarvesterError]:
        """None: a key that may not do something may not do anything."""
        return []

    def fetch_instances(self, meeting_id: str) -> list[str]:
        """None: no provider is asked by the meeting's number."""
        del meeting_id
        return []

    def describe(self, payload: Json) -> Recording:
        return self._reader.describe(payload)

    def add_files(self, payload: Json, told: Json) -> Json:
        """No event of a bot's leads to files by itself."""
        del told
        return payload

    def merge(self, known: Json, new: Json) -> Json:
        return merge_payloads(known, new)
