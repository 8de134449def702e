"""Fireflies' transcripts as recordings. Pure: decides what the answer to `transcript(id)` says beside its sentences.

Its `date` is in milliseconds since 1970 and its `duration` in minutes. People stand in three places: speakers have an
id within the transcript, attendees a name and an address, and participants nothing but an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harvester.bots.fireflies import read_transcript
from harvester.bots.imports.canonical import SCRUBBER
from harvester.bots.imports.note import SAVED, read_note
from harvester.bots.meetings import parse_meeting_url
from harvester.bots.members import keep_said
from harvester.bots.model import Origin, Speech, TimeBase
from harvester.bots.people import find_speakers
from harvester.bots.platforms import find_platform
from harvester.bots.speech import add_ms, count_ms, read_epoch_ms
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json, ListedFile, Person, Recording
from harvester.people import find_name, merge_people
from schemas.exports import FirefliesPerson, FirefliesTranscript

_MINUTE_MS = 60_000


class Fireflies:
    """See `harvester.bots.provider.Interpreter`; a payload is a transcript object without its sentences."""

    name = "fireflies"

    def describe(self, payload: Json) -> Recording:
        """Raises Damaged where nothing says an id, or when it was."""
        said, note = read_model(FirefliesTranscript, SCRUBBER.scrub(payload), what=SAVED), read_note(payload)
        native_id, date = said.id or note.native_id, read_epoch_ms(said.date)
        started_at = date or note.started_at
        if native_id is None or started_at is None:
            raise Damaged("a transcript of Fireflies' without an id or a date", subject=native_id)
        meeting = parse_meeting_url(said.meeting_link)
        duration_ms = count_ms(said.duration, unit_ms=_MINUTE_MS)
        return Recording(
            source=self.name,
            native_id=native_id,
            started_at=started_at,
            platform=find_platform(meeting),
            meeting_id=meeting.zoom_meeting_id,
            topic=said.title,
            host_email=said.host_email or said.organizer_email,
            ended_at=add_ms(started_at, duration_ms),
            duration_ms=duration_ms,
            time_base=TimeBase.RECORDING_START.value if date else TimeBase.UNKNOWN.value,
            status=None if said.is_live is None else "live" if said.is_live else "ended",
            extra=keep_said(meeting_url=meeting.redacted, calendar_id=said.calendar_id, event_id=said.cal_id),
        )

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_transcript(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        """Speakers by their id; an address by itself is the id of whoever it belongs to."""
        said = read_model(FirefliesTranscript, SCRUBBER.scrub(payload), what=SAVED)
        spoken = find_speakers(read_transcript, (documents[key] for key in sorted(documents)))
        people = merge_people((*_read_speakers(said), *_read_attendees(said), *spoken))
        addresses = {each.email.casefold() for each in people if each.email}
        bare = {each.casefold(): each for each in _list_addresses(said) if each.casefold() not in addresses}
        found = [*people, *(Person(native_id=each, user_id=each, email=each) for each in bare.values())]
        return merge_people(_mark_host(each, said) for each in found)


def _read_speakers(said: FirefliesTranscript) -> Iterator[Person]:
    for entry in said.speakers:
        speaker = read_model(FirefliesPerson, entry, what=SAVED)
        name = find_name(speaker.name)
        if name:
            yield Person(name=name, native_id=speaker.id)


def _read_attendees(said: FirefliesTranscript) -> Iterator[Person]:
    for entry in said.meeting_attendees:
        attendee = read_model(FirefliesPerson, entry, what=SAVED)
        name = attendee.display_name or attendee.name
        if name:
            yield Person(name=name, user_id=attendee.email, email=attendee.email)


def _list_addresses(said: FirefliesTranscript) -> Iterator[str]:
    for entry in said.meeting_attendees:
        email = read_model(FirefliesPerson, entry, what=SAVED).email
        if email:
            yield email
    yield from said.participants


def _mark_host(person: Person, said: FirefliesTranscript) -> Person:
    host = said.host_email or said.organizer_email
    if person.email is None or host is None:
        return person
    return replace(person, is_host=person.email.casefold() == host.casefold())
