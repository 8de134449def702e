"""What Zoom sends, read with tolerance: the envelope of a listing, a meeting, its files, users, tokens, errors.

Decides which fields we rely on and how wrong a value may be before it counts as unsaid (None). Unknown fields are
kept. Never decides what a value means for the harvest; that is `harvester.zoom.describe`.

Zoom's published schema and its wire disagree (`type` is a string there and a number here, whole keys are missing
for TIMELINE and CC), so nothing is required but what no work can be done without.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

_INT64_MAX = 2**63 - 1


def _text(value: object) -> str | None:
    """Text or number as text; blank and every other type are unsaid."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _count(value: object) -> int | None:
    """A whole number from 0 to int64, also when it comes as a string or a float."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
        whole = value if isinstance(value, int) else int(number if isinstance(value, float) else value)
    except (ValueError, OverflowError):
        return None
    return whole if math.isfinite(number) and 0 <= whole <= _INT64_MAX else None


def _moment(value: object) -> datetime | None:
    """A time in UTC; a time without zone is UTC, as all of Zoom's are."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None


def _day(value: object) -> date | None:
    """A date, also from the head of a date-time."""
    try:
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; a missing or null list is empty."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


Text = Annotated[str | None, BeforeValidator(_text)]
Identifier = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Count = Annotated[int | None, BeforeValidator(_count)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Day = Annotated[date | None, BeforeValidator(_day)]
Objects = Annotated[tuple[dict[str, Any], ...], BeforeValidator(_items)]

# Replies hold tokens and passcodes: a validation error must not quote them.
_TOLERANT = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, populate_by_name=True)


class TokenReply(BaseModel):
    """A token with its life in seconds (3599 and 3600 are seen) and the scopes granted, apart by blanks."""

    model_config = _TOLERANT

    access_token: str = Field(min_length=1, max_length=16_384, pattern=r"^[\x21-\x7e]+$", repr=False)
    token_type: Text = None
    expires_in: Count = None
    scope: Text = None
    api_url: Text = None


class ErrorBody(BaseModel):
    """Every shape of refusal: `code`/`message` (API), `error`/`reason` (OAuth), `errorCode`/`errorMessage`."""

    model_config = _TOLERANT

    code: Count = Field(default=None, validation_alias=AliasChoices("code", "errorCode"))
    message: Text = Field(default=None, validation_alias=AliasChoices("message", "errorMessage", "reason"))
    error: Text = None


class ListingReply(BaseModel):
    """One page. Meetings stay as received, because the archive keeps them; an empty page has `page_size` 0."""

    model_config = _TOLERANT

    from_: Day = Field(default=None, validation_alias="from")
    to: Day = None
    page_size: Count = None
    total_records: Count = None
    next_page_token: Text = None
    meetings: Objects = ()


class RecordingFile(BaseModel):
    """One file. TIMELINE and CC may lack id, size, status, recording_type and extension."""

    model_config = _TOLERANT

    id: Text = None
    meeting_id: Text = None  # holds the meeting's UUID, despite its name
    recording_start: Moment = None
    recording_end: Moment = None
    # Zoom sends "" while the recording runs; an unreadable time is not the same.
    unfinished: Annotated[bool, BeforeValidator(_is_blank)] = Field(
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

    model_config = _TOLERANT

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
    recording_files: Annotated[tuple[RecordingFile, ...], BeforeValidator(_items)] = ()
    participant_audio_files: Annotated[tuple[RecordingFile, ...], BeforeValidator(_items)] = ()


class User(BaseModel):
    """A user of the account; one who is still pending has no id."""

    model_config = _TOLERANT

    id: Text = None
    email: Text = None
    status: Text = None


class UserPage(BaseModel):
    """One page of users."""

    model_config = _TOLERANT

    total_records: Count = None
    next_page_token: Text = None
    users: Annotated[tuple[User, ...], BeforeValidator(_items)] = ()


class PastInstance(BaseModel):
    """One held instance of a meeting."""

    model_config = _TOLERANT

    uuid: Text = None
    start_time: Moment = None


class PastInstances(BaseModel):
    """All instances of a numeric meeting id held in the last 15 months; not paged."""

    model_config = _TOLERANT

    meetings: Annotated[tuple[PastInstance, ...], BeforeValidator(_items)] = ()


class EventSubject(BaseModel):
    """Whom an event is about: a recording, or a meeting under the names that AI Companion's events use."""

    model_config = _TOLERANT

    uuid: Text = Field(default=None, validation_alias=AliasChoices("uuid", "meeting_uuid"))
    host_email: Text = None
    recording_files: Objects = ()
    meetings: Objects = ()
    meeting_uuids: Any = ()


class EventBody(BaseModel):
    """A webhook's body. `event_ts` are milliseconds; the token opens the listed files for a day."""

    model_config = _TOLERANT

    event: Identifier
    event_ts: Count = None
    payload: Any = None
    download_token: Text = Field(default=None, repr=False)
