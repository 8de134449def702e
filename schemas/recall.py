"""What Recall.ai sends, read with tolerance: a bot, its recordings and what was made of them, people, events.

Decides which fields we rely on; how wrong a value may be is `schemas.tolerant`, and an object of another type is an
empty one. Unknown fields are kept. Never decides what a value means; that is `harvester.bots.recall`.

Since v1.11 media stand below a bot's recordings; before it the bot itself had them (`video_url`).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from schemas.tolerant import TOLERANT, Flag, Identifier, Members, Moment, Text, read_items, read_object, read_text


def read_recogniser(value: object) -> str | None:
    """The name under which its settings stand (`{"recallai_async": {...}}`)."""
    return read_text(next(iter(value), None) if isinstance(value, dict) else value)


class State(BaseModel):
    """Where a recording or an artifact stands: processing, done, failed, deleted, or a word that is new."""

    model_config = TOLERANT

    code: Text = None
    sub_code: Text = None
    updated_at: Moment = None


class StatusChange(BaseModel):
    """One step of a bot, or what somebody in the meeting did."""

    model_config = TOLERANT

    code: Text = None
    sub_code: Text = None
    created_at: Moment = None
    recording_id: Text = None


class Content(BaseModel):
    """What an artifact is: addresses, which are signed and good for hours, or what is known of the meeting."""

    model_config = TOLERANT

    download_url: Text = Field(default=None, repr=False)
    participants_download_url: Text = Field(default=None, repr=False)
    speaker_timeline_download_url: Text = Field(default=None, repr=False)
    title: Text = None
    zoom_meeting_uuid: Text = None


class Reference(BaseModel):
    """An object of which only the id is said."""

    model_config = TOLERANT

    id: Text = None


class Artifact(BaseModel):
    """Something made of a recording. `format` is a suffix, such as mp4; `provider` names a transcript's recogniser."""

    model_config = TOLERANT

    id: Text = None
    created_at: Moment = None
    status: Annotated[State, BeforeValidator(read_object)] = State()
    data: Annotated[Content, BeforeValidator(read_object)] = Content()
    format: Text = None
    provider: Annotated[str | None, BeforeValidator(read_recogniser)] = None
    recording: Annotated[Reference, BeforeValidator(read_object)] = Reference()


_Artifact = Annotated[Artifact, BeforeValidator(read_object)]
_Artifacts = Annotated[tuple[Artifact, ...], BeforeValidator(read_items)]


class MediaShortcuts(BaseModel):
    """The one artifact of each kind that counts; null where there is none."""

    model_config = TOLERANT

    transcript: _Artifact = Artifact()
    video_mixed: _Artifact = Artifact()
    audio_mixed: _Artifact = Artifact()
    participant_events: _Artifact = Artifact()
    meeting_metadata: _Artifact = Artifact()


class BotRecording(BaseModel):
    """One capture by a bot, with a clock of its own."""

    model_config = TOLERANT

    id: Identifier
    created_at: Moment = None
    started_at: Moment = None
    completed_at: Moment = None
    expires_at: Moment = None
    status: Annotated[State, BeforeValidator(read_object)] = State()
    media_shortcuts: Annotated[MediaShortcuts, BeforeValidator(read_object)] = MediaShortcuts()
    transcripts: _Artifacts = ()


class Participant(BaseModel):
    """Somebody in a meeting; `id` is unique in it alone. Only the bots of before v1.11 bring `events`.

    Recall's pages and payloads disagree on which of Zoom's ids in `extra_data` stays the same over meetings: none is
    read, as a wrong one would make one person of two.
    """

    model_config = TOLERANT

    id: Text = None
    name: Text = None
    email: Text = None
    is_host: Flag = None
    platform: Text = None
    events: Annotated[tuple[StatusChange, ...], BeforeValidator(read_items)] = ()


class Bot(BaseModel):
    """A bot. `transcripts` are joined to it from another call; `meeting_url` is mostly an object."""

    model_config = TOLERANT

    id: Identifier
    bot_name: Text = None
    join_at: Moment = None
    meeting_url: Any = Field(default=None, repr=False)
    metadata: Members = {}
    status_changes: Annotated[tuple[StatusChange, ...], BeforeValidator(read_items)] = ()
    recordings: Annotated[tuple[BotRecording, ...], BeforeValidator(read_items)] = ()
    transcripts: _Artifacts = ()
    video_url: Text = Field(default=None, repr=False)
    media_retention_end: Moment = None
    meeting_participants: Annotated[tuple[Participant, ...], BeforeValidator(read_items)] = ()


class EventData(BaseModel):
    """Whom an event is about; `bot_id` and `status` are those of before v1.11."""

    model_config = TOLERANT

    data: Annotated[State, BeforeValidator(read_object)] = State()
    bot: Annotated[Reference, BeforeValidator(read_object)] = Reference()
    recording: Annotated[Reference, BeforeValidator(read_object)] = Reference()
    bot_id: Text = None
    status: Annotated[StatusChange, BeforeValidator(read_object)] = StatusChange()


class EventBody(BaseModel):
    """A webhook's body."""

    model_config = TOLERANT

    event: Identifier
    data: Annotated[EventData, BeforeValidator(read_object)] = EventData()
