"""Vexa's meetings. Pure: decides what a saved transcript, or the answer about its meeting, says of the session.

The number that people dial is Vexa's own id of a meeting only within one platform; what we call the id is that of one
session, since the same number is held again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from harvester.bots.imports.canonical import SCRUBBER
from harvester.bots.imports.note import SAVED, read_note
from harvester.bots.meetings import MeetingUrl, parse_meeting_url
from harvester.bots.members import keep_said
from harvester.bots.model import Origin, Speech, TimeBase
from harvester.bots.people import find_speakers
from harvester.bots.platforms import find_platform
from harvester.bots.validation import read_model
from harvester.bots.vexa import read_transcript
from harvester.errors import Damaged
from harvester.model import Json, ListedFile, Person, Recording
from harvester.people import merge_people
from schemas.exports import VexaMeeting


class Vexa:
    """See `harvester.bots.provider.Interpreter`; a payload is a meeting, or a transcript without its segments."""

    name = "vexa"

    def describe(self, payload: Json) -> Recording:
        """Raises Damaged where nothing says an id, or when it was."""
        said, note = read_model(VexaMeeting, SCRUBBER.scrub(payload), what=SAVED), read_note(payload)
        native_id, started_at, base = said.id or note.native_id, said.start_time, TimeBase.SESSION_START
        if started_at is None:
            started_at, base = note.started_at, TimeBase.UNKNOWN
        if native_id is None or started_at is None:
            raise Damaged("a meeting of Vexa's without an id or a start", subject=native_id)
        meeting = parse_meeting_url(said.meeting_url)
        platform = find_platform(meeting, said.platform)
        ended_at = said.end_time
        has_length = said.start_time is not None and ended_at is not None and ended_at >= started_at
        return Recording(
            source=self.name,
            native_id=native_id,
            started_at=started_at,
            platform=platform,
            meeting_id=_find_number(said, meeting) if platform == "zoom" else None,
            ended_at=ended_at,
            duration_ms=(ended_at - started_at) // timedelta(milliseconds=1) if ended_at and has_length else None,
            time_base=base.value,
            status=said.status,
            extra=keep_said(meeting_url=meeting.redacted, caller=said.data),
        )

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_transcript(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:  # noqa: ARG002
        """Its speakers, of whom the name is all that Vexa says."""
        return merge_people(find_speakers(read_transcript, (documents[key] for key in sorted(documents))))


def _find_number(said: VexaMeeting, meeting: MeetingUrl) -> str | None:
    return parse_meeting_url(said.native_meeting_id).zoom_meeting_id or meeting.zoom_meeting_id
