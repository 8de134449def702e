"""An interpreter that understands imported payloads as well. Pure: decides only who of the two describes a payload.

The sources' own interpreters never see the note beside their members: what they leave open is filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harvester.bots.imports.note import MEMBER, add_note, describe_note, has_only_note, read_note, without_note
from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Interpreter
from harvester.model import Json, ListedFile, Person, Recording

# Where a provider's payload holds its bot's id; without one most of them say nothing of people.
_ID_MEMBERS = {"meetstream": "BotID", "meetingbaas_v1": "uuid", "meetingbaas_v2": "bot_id", "recall": "id"}


class Importable:
    """See `harvester.bots.provider.Interpreter`; the same as the one it wraps for what came from the source itself."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    @property
    def name(self) -> str:
        return self._interpreter.name

    def describe(self, payload: Json) -> Recording:
        if MEMBER not in payload:
            return self._interpreter.describe(payload)
        note = read_note(payload)
        if has_only_note(payload):
            return describe_note(self.name, note)
        # attendee, Vexa and Fireflies need not say an id or a moment, and look for them in the note
        own = payload if self.name not in _ID_MEMBERS else without_note(payload)
        return add_note(self._interpreter.describe(own), note)

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401
        return self._interpreter.read_transcript(file, document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        own = without_note(payload)
        member = _ID_MEMBERS.get(self.name)
        if member and not own:
            own = {member: read_note(payload).native_id}
        return self._interpreter.read_people(own, documents)
