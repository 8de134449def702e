"""What attendee, Vexa and Fireflies answer of a meeting, and what we note ourselves of payloads that were saved.

Decides which members are read; how wrong each may be is `schemas.tolerant`. Unknown members are kept. Never decides
what a value means; that is `harvester.bots.imports`. Otter's exports are text without any member.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from schemas.tolerant import TOLERANT, Flag, Identifier, Members, Moment, Objects, Text, Texts, read_items, read_object


class NotedFile(BaseModel):
    """A document that was given. `file` is its key, `kind` one of `harvester.model.Kind`."""

    model_config = TOLERANT

    file: Identifier
    kind: Text = None
    file_type: Text = None
    recording_type: Text = None
    extension: Text = None


class Note(BaseModel):
    """Ours: what is known of a recording beside its source's own payload, and which documents were given with it."""

    model_config = TOLERANT

    native_id: Text = None
    started_at: Moment = None
    time_base: Text = None
    platform: Text = None
    meeting_id: Text = None
    meeting_uuid: Text = None
    meeting_url: Text = None
    title: Text = None
    caller: Members = {}
    transcript: Text = None
    files: Annotated[tuple[NotedFile, ...], BeforeValidator(read_items)] = ()


class AttendeeEvent(BaseModel):
    """One step of a bot of attendee's."""

    model_config = TOLERANT

    type: Text = None
    sub_type: Text = None
    created_at: Moment = None


class AttendeeRecording(BaseModel):
    """The answer of `/bots/{id}/recording`; the moment is in milliseconds since 1970."""

    model_config = TOLERANT

    start_timestamp_ms: Any = None


class AttendeeBot(BaseModel):
    """A bot of attendee's, with the answer about its recording."""

    model_config = TOLERANT

    id: Text = None
    meeting_url: Text = Field(default=None, repr=False)
    state: Text = None
    metadata: Members = {}
    events: Annotated[tuple[AttendeeEvent, ...], BeforeValidator(read_items)] = ()
    recording: Annotated[AttendeeRecording, BeforeValidator(read_object)] = AttendeeRecording()


class AttendeePerson(BaseModel):
    """An entry of `/bots/{id}/participants`, or the speaker of an utterance."""

    model_config = TOLERANT

    name: Text = Field(default=None, validation_alias=AliasChoices("name", "speaker_name"))
    uuid: Text = Field(default=None, validation_alias=AliasChoices("uuid", "speaker_uuid"))
    user_uuid: Text = Field(default=None, validation_alias=AliasChoices("user_uuid", "speaker_user_uuid"))
    is_host: Flag = Field(default=None, validation_alias=AliasChoices("is_host", "speaker_is_host"))


class VexaMeeting(BaseModel):
    """A meeting of Vexa's, or its transcript, which tells the same of it.

    `meeting_url` is ours: what is kept of `constructed_meeting_url`.
    """

    model_config = TOLERANT

    id: Text = None
    platform: Text = None
    native_meeting_id: Text = None
    meeting_url: Text = Field(default=None, repr=False)
    status: Text = None
    start_time: Moment = None
    end_time: Moment = None
    data: Members = {}


class FirefliesTranscript(BaseModel):
    """A transcript of Fireflies'. `date` is in milliseconds since 1970, `duration` in minutes."""

    model_config = TOLERANT

    id: Text = None
    title: Text = None
    date: Any = None
    duration: Any = None
    host_email: Text = None
    organizer_email: Text = None
    meeting_link: Text = Field(default=None, repr=False)
    calendar_id: Text = None
    cal_id: Text = None
    is_live: Flag = None
    speakers: Objects = ()
    meeting_attendees: Objects = ()
    participants: Texts = ()


class FirefliesPerson(BaseModel):
    """An entry of `speakers` or of `meeting_attendees`."""

    model_config = TOLERANT

    id: Text = None
    name: Text = None
    display_name: Text = Field(default=None, validation_alias="displayName")
    email: Text = None
