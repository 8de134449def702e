"""What Zoom sends, read with tolerance: the envelope of a listing, a meeting, its files, users, tokens, errors.

Decides which fields we rely on; how wrong a value may be is `schemas.tolerant`. Unknown fields are kept. Never decides
what a value means for the harvest; that is `harvester.zoom.describe`.

Zoom's published schema and its wire disagree (`type` is a string there and a number here, whole keys are missing
for TIMELINE and CC), so nothing is required but what no work can be done without.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from schemas.tolerant import TOLERANT, Count, Day, Identifier, Moment, Objects, Text, is_blank, read_items


class TokenReply(BaseModel):
    """A token with its life in seconds (3599 and 3600 are seen) and the scopes granted, apart by blanks."""

    model_config = TOLERANT

    access_token: str = Field(min_length=1, max_length=16_384, pattern=r"^[\x21-\x7e]+$", repr=False)
    token_type: Text = None
    expires_in: Count = None
    scope: Text = None
    api_url: Text = None


class ErrorBody(BaseModel):
    """Every shape of refusal: `code`/`message` (API), `error`/`reason` (OAuth), `errorCode`/`errorMessage`."""

    model_config = TOLERANT

    code: Count = Field(default=None, validation_alias=AliasChoices("code", "errorCode"))
    message: Text = Field(default=None, validation_alias=AliasChoices("message", "errorMessage", "reason"))
    error: Text = None


class ListingReply(BaseModel):
    """One page. Meetings stay as received, because the archive keeps them; an empty page has `page_size` 0."""

    model_config = TOLERANT

    from_: Day = Field(default=None, validation_alias="from")
    to: Day = None
    page_size: Count = None
    total_records: Count = None
    next_page_token: Text = None
    meetings: Objects = ()


class RecordingFile(BaseModel):
    """One file. TIMELINE and CC may lack id, size, status, recording_type and extension."""

    model_config = TOLERANT

    id: Text = None
    meeting_id: Text = None  # holds the meeting's UUID, despite its name
    recording_start: Moment = None
    recording_end: Moment = None
    # Zoom sends "" while the recording runs; an unreadable time is not the same.
    unfinished: Annotated[bool, BeforeValidator(is_blank)] = Field(
        default=False, validation_alias=AliasChoices("recording_end")
    )
    file_type: Text = None
    file_extension: Text = None
    file_size: Count = None
    file_name: Text = None
    status: Text = None
    recording_type: Text = None
    download_url: Text = Field(default=None, repr=False)


class Meeting(BaseModel):
    """One instance of a meeting. `id` is shared by all instances; only `uuid` names one."""

    model_config = TOLERANT

    uuid: Identifier
    id: Text = None
    account_id: Text = None
    host_id: Text = None
    host_email: Text = None
    topic: Text = None
    type: Text = None
    start_time: Moment = None
    timezone: Text = None
    duration: Count = None  # minutes
    total_size: Count = None
    recording_count: Count = None
    auto_delete_date: Text = None
    download_access_token: Text = Field(default=None, repr=False)
    recording_files: Annotated[tuple[RecordingFile, ...], BeforeValidator(read_items)] = ()
    participant_audio_files: Annotated[tuple[RecordingFile, ...], BeforeValidator(read_items)] = ()


class User(BaseModel):
    """A user of the account; one who is still pending has no id."""

    model_config = TOLERANT

    id: Text = None
    email: Text = None
    status: Text = None


class UserPage(BaseModel):
    """One page of users."""

    model_config = TOLERANT

    total_records: Count = None
    next_page_token: Text = None
    users: Annotated[tuple[User, ...], BeforeValidator(read_items)] = ()


class PastInstance(BaseModel):
    """One held instance of a meeting."""

    model_config = TOLERANT

    uuid: Text = None
    start_time: Moment = None


class PastInstances(BaseModel):
    """All instances of a numeric meeting id held in the last 15 months; not paged."""

    model_config = TOLERANT

    meetings: Annotated[tuple[PastInstance, ...], BeforeValidator(read_items)] = ()


class ParticipantPage(BaseModel):
    """One page of who took part. Rows stay as received, because the archive keeps them."""

    model_config = TOLERANT

    total_records: Count = None
    next_page_token: Text = None
    participants: Objects = ()


class ParticipantRow(BaseModel):
    """One join: who leaves and comes back has two. Guests have neither `id` nor address, given as ""."""

    model_config = TOLERANT

    id: Text = None  # the account's, of a user who was signed in
    participant_user_id: Text = None  # the same, in reports
    user_id: Text = None  # of this one stay in the meeting; TIMELINE has it too
    name: Text = None
    user_email: Text = None
    join_time: Moment = None
    leave_time: Moment = None
    duration: Count = None  # seconds
    status: Text = None

    @property
    def is_waiting(self) -> bool:
        return self.status == "in_waiting_room"

    @property
    def zoom_id(self) -> str | None:
        return self.participant_user_id or self.id


class EventSubject(BaseModel):
    """Whom an event is about: a recording, or a meeting under the names that AI Companion's events use."""

    model_config = TOLERANT

    uuid: Text = Field(default=None, validation_alias=AliasChoices("uuid", "meeting_uuid"))
    host_email: Text = None
    recording_files: Objects = ()
    meetings: Objects = ()
    meeting_uuids: Any = ()


class EventBody(BaseModel):
    """A webhook's body. `event_ts` are milliseconds; the token opens the listed files for a day."""

    model_config = TOLERANT

    event: Identifier
    event_ts: Count = None
    payload: Any = None
    download_token: Text = Field(default=None, repr=False)
