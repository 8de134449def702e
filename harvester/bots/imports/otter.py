"""Otter's exports as recordings. Pure: there is no payload of Otter's, so that all is described from what was noted.

An export names neither its meeting nor a moment, and what its times count from is not documented: a start that the
user tells says when the recording was, and is no clock for its times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harvester.bots.imports.note import describe_note, read_note
from harvester.bots.model import Origin, Speech
from harvester.bots.otter import read_transcript
from harvester.bots.people import find_speakers
from harvester.model import Json, ListedFile, Person, Recording
from harvester.people import merge_people


class Otter:
    """See `harvester.bots.provider.Interpreter`; a transcript is the text of an export."""

    name = "otter"

    def describe(self, payload: Json) -> Recording:
        """Raises Damaged for a payload that was not imported."""
        return describe_note(self.name, read_note(payload))

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_transcript(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:  # noqa: ARG002
        return merge_people(find_speakers(read_transcript, (documents[key] for key in sorted(documents))))
