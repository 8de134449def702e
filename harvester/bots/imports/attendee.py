"""attendee's recordings. Pure: decides what its saved answers say of a bot, its times and its people.

Offsets count from the recording's own start, which only the answer about the recording says; a transcript by itself
has moments, and no beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.bots.attendee import read_transcript
from harvester.bots.imports.canonical import SCRUBBER
from harvester.bots.imports.note import SAVED, read_note
from harvester.bots.meetings import parse_meeting_url
from harvester.bots.members import keep_said
from harvester.bots.model import Origin, Speech, TimeBase
from harvester.bots.platforms import find_platform
from harvester.bots.speech import read_epoch_ms, write_moment
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json, ListedFile, Person, Recording
from harvester.people import find_name, merge_people
from schemas.exports import AttendeeBot, AttendeePerson
from schemas.tolerant import read_items

_JOINED = "bot_joined_meeting"
_ENDS = frozenset({"meeting_ended", "bot_left_meeting", "could_not_join", "fatal_error"})


class Attendee:
    """See `harvester.bots.provider.Interpreter`; a payload is a bot with the answer about its `recording`."""

    name = "attendee"

    def describe(self, payload: Json) -> Recording:
        """Raises Damaged where nothing says an id, or when it was."""
        said, note = read_model(AttendeeBot, SCRUBBER.scrub(payload), what=SAVED), read_note(payload)
        native_id, started_at, base = said.id or note.native_id, *_find_start(said)
        if started_at is None:
            started_at, base = note.started_at, TimeBase.UNKNOWN
        if native_id is None or started_at is None:
            raise Damaged("a recording of attendee's without an id or a moment", subject=native_id)
        meeting = parse_meeting_url(said.meeting_url)
        ends = [each for each in said.events if each.type in _ENDS]
        joined_at = write_moment(_find_arrival(said))
        return Recording(
            source=self.name,
            native_id=native_id,
            started_at=started_at,
            platform=find_platform(meeting),
            meeting_id=meeting.zoom_meeting_id,
            ended_at=ends[-1].created_at if ends else None,
            time_base=base.value,
            status=said.state,
            end_reason=ends[-1].sub_type if ends else None,
            extra=keep_said(meeting_url=meeting.redacted, caller=said.metadata, joined_at=joined_at),
        )

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_transcript(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:  # noqa: ARG002
        """Lists of participants count before the speakers of transcripts; both say the same of a person."""
        ordered = sorted(documents.items(), key=lambda each: (not _lists_people(each[1]), each[0]))
        return merge_people(person for _, document in ordered for person in _read_people(document))


def _find_start(said: AttendeeBot) -> tuple[datetime | None, TimeBase]:
    recorded_at = read_epoch_ms(said.recording.start_timestamp_ms)
    return (recorded_at, TimeBase.RECORDING_START) if recorded_at else (_find_arrival(said), TimeBase.JOINED_AT)


def _find_arrival(said: AttendeeBot) -> datetime | None:
    return next((each.created_at for each in said.events if each.type == _JOINED), None)


def _find_entries(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON has no narrower type
    return read_items(document.get("results") if isinstance(document, dict) else document)


def _lists_people(document: Any) -> bool:  # noqa: ANN401
    return any("uuid" in each for each in _find_entries(document))


def _read_people(document: Any) -> Iterator[Person]:  # noqa: ANN401
    for entry in _find_entries(document):
        said = read_model(AttendeePerson, entry, what=SAVED)
        yield Person(find_name(said.name), said.uuid, said.user_uuid, is_host=said.is_host)
