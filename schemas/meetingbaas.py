"""What Meeting BaaS answers and sends, in both versions of its API, read tolerantly.

Pure. Decides which members are read and how wrong each may be; never what they mean for the harvest. The second
version says everything of a bot in one object; the first has a listing's entry, and an answer that holds the bot two
levels down. Nothing is required but what an event cannot be told apart without.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from schemas.tolerant import TOLERANT, Count, Identifier, Members, Moment, Objects, Text, Texts, read_object, read_text

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_digest(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else None


def _read_string(value: object) -> str | None:
    return read_text(value) if isinstance(value, str) else None


Digest = Annotated[str | None, BeforeValidator(read_digest)]


class BotV1(BaseModel):
    """`bot_data.bot` of v1; `errors` is a text. Its `id` is a number that the rest of the API does not know."""

    model_config = TOLERANT

    uuid: Text = None
    bot_name: Text = None
    meeting_url: Text = Field(default=None, repr=False)
    created_at: Moment = None
    bot_joined_at: Moment = None
    bot_exited_at: Moment = None
    ended_at: Moment = None
    errors: Text = None
    extra: Members = {}
    session_id: Text = None
    event_id: Text = None
    scheduled_bot_id: Text = None
    speech_to_text_provider: Text = None


class BotDataV1(BaseModel):
    """`bot_data` of v1. In place of its transcripts a stored payload has their hash."""

    model_config = TOLERANT

    bot: Annotated[BotV1, BeforeValidator(read_object)] = BotV1()
    event_uuid: Text = None
    transcripts_sha256: Digest = None


class RecordingV1(BaseModel):
    """An entry of `bots_with_metadata`, an answer of `meeting_data`, or one joined with the other."""

    model_config = TOLERANT

    uuid: Text = None
    id: Annotated[str | None, BeforeValidator(_read_string)] = None  # the UUID once more, or a number of old
    bot_name: Text = None
    created_at: Moment = None
    ended_at: Moment = None
    duration: Count = None  # seconds
    meeting_url: Text = Field(default=None, repr=False)
    session_id: Text = None
    speakers: Texts = ()
    extra: Members = {}
    bot_data: Annotated[BotDataV1, BeforeValidator(read_object)] = BotDataV1()
    recording_started_at: Moment = None  # not of the API: what a webhook said


class PageV1(BaseModel):
    """One page of `bots_with_metadata`; the prose writes `nextCursor`, the schema `next_cursor`."""

    model_config = TOLERANT

    bots: Any = None
    recent_bots: Objects = ()
    cursor: Text = Field(default=None, validation_alias=AliasChoices("next_cursor", "nextCursor"))
    error: Text = None


class PersonV2(BaseModel):
    """One of `participants` or `speakers`; the id counts within one meeting."""

    model_config = TOLERANT

    id: Any = None
    name: Text = None
    display_name: Text = None


class RecordingV2(BaseModel):
    """An entry of `/v2/bots`, the details of one bot, or one joined with the other. Addresses are null or signed."""

    model_config = TOLERANT

    bot_id: Text = None
    bot_name: Text = None
    meeting_url: Text = Field(default=None, repr=False)
    meeting_platform: Text = None
    status: Text = None
    created_at: Moment = None
    joined_at: Moment = None
    exited_at: Moment = None
    ended_at: Moment = None  # of a listing's entry alone
    duration: Count = None  # seconds, of a listing's entry alone
    duration_seconds: Count = None
    extra: Members = {}
    event_id: Text = None
    error_code: Text = None
    error_message: Text = None
    artifacts_deleted: Any = None
    transcription: Text = Field(default=None, repr=False)
    transcription_ids: Texts = ()
    transcription_provider: Text = None
    transcription_status: Text = None  # of `/status`
    participants: Objects = ()
    speakers: Objects = ()
    recording_started_at: Moment = None  # not of the API: what a webhook said


class AnswerV2(BaseModel):
    """The envelope of every answer of v2, refusals included."""

    model_config = TOLERANT

    success: Any = None
    data: Any = None
    cursor: Text = None
    code: Text = None
    message: Text = Field(default=None, validation_alias=AliasChoices("message", "error"))


class StatusChange(BaseModel):
    """`data.status` of a `bot.status_change`."""

    model_config = TOLERANT

    code: Text = None
    created_at: Moment = None


class EventData(BaseModel):
    """`data` of a webhook; which of the moments there is depends on the event."""

    model_config = TOLERANT

    bot_id: Text = None
    status: Annotated[StatusChange, BeforeValidator(read_object)] = StatusChange()
    sent_at: Moment = None
    last_updated_ts: Moment = None


class EventBody(BaseModel):
    """A webhook's body, of either version."""

    model_config = TOLERANT

    event: Identifier
    data: Annotated[EventData, BeforeValidator(read_object)] = EventData()
