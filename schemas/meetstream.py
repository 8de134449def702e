"""What MeetStream sends, read with tolerance: a page of bots, a bot, its transcription runs, a webhook's body.

Decides which fields we rely on; how wrong a value may be is `schemas.tolerant`. Unknown fields are kept. Never decides
what a value means for the harvest; that is `harvester.bots.meetstream`.

A bot's members are named alike in listings and in details, and no schema of theirs lists them all, so that nothing is
required here, and each is also taken under its own name in lower case.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from schemas.tolerant import TOLERANT, Count, Flag, Moment, Objects, Text, read_items


def read_stages(value: object) -> dict[str, Any]:
    """The objects among an object's members."""
    return {name: each for name, each in value.items() if isinstance(each, dict)} if isinstance(value, dict) else {}


def read_names(value: object) -> list[str]:
    """The texts of a list that are not blank."""
    return [each for each in value if isinstance(each, str) and each.strip()] if isinstance(value, list) else []


class BotPage(BaseModel):
    """What a page of bots says beside its bots, which are read by themselves."""

    model_config = TOLERANT

    has_next_page: Flag = Field(default=None, validation_alias="hasNextPage")
    next_cursor: Text = Field(default=None, validation_alias="nextCursor")


class Stage(BaseModel):
    """A stage of a bot's life: `status` says whether it was reached, and `timestamp` when."""

    model_config = TOLERANT

    status: Flag = None
    timestamp: Moment = None
    message: Text = None


class Run(BaseModel):
    """One run of a recogniser over a bot's audio. `status` is Success, Processing or Failed."""

    model_config = TOLERANT

    transcript_id: Text = None
    provider: Text = None
    status: Text = None
    created_at: Moment = None
    message: Text = None
    error: Text = None


class Bot(BaseModel):
    """A bot as listed, or its details joined with its runs.

    `recognisers`, `retention_hours`, `video_required` and `join_at` are ours: what the request for the bot said.
    """

    model_config = TOLERANT

    native_id: Text = Field(default=None, validation_alias="BotID")
    bot_id: Text = None
    bot_username: Text = Field(default=None, validation_alias="BotUsername")
    user_id: Text = Field(default=None, validation_alias="UserID")
    meeting_link: Text = Field(default=None, validation_alias="MeetingLink")
    platform: Text = Field(default=None, validation_alias="Platform")
    status: Text = Field(default=None, validation_alias="Status")
    start_time: Moment = Field(default=None, validation_alias="StartTime")
    end_time: Moment = Field(default=None, validation_alias="EndTime")
    duration: Count = Field(default=None, validation_alias="Duration")  # seconds
    created_at: Moment = Field(default=None, validation_alias="CreatedAt")
    stages: Annotated[dict[str, Stage], BeforeValidator(read_stages)] = Field(
        default_factory=dict, validation_alias="StatusTimeline"
    )
    audio_status: Text = Field(default=None, validation_alias="AudioStatus")
    transcript_status: Text = Field(default=None, validation_alias="TranscriptStatus")
    transcript_id: Text = None
    transcriptions: Annotated[tuple[Run, ...], BeforeValidator(read_items)] = ()
    caption_file: Text = Field(default=None, repr=False)
    custom_attributes: Any = None
    participant_events: Objects = ()
    recognisers: Annotated[tuple[str, ...], BeforeValidator(read_names)] = ()
    retention_hours: Count = None
    video_required: Flag = None
    join_at: Moment = None


class Device(BaseModel):
    """One entry of a bot's list of participants: a device of somebody's, or a second one, or a shared screen."""

    model_config = TOLERANT

    device_id: Text = Field(default=None, validation_alias="deviceId")
    display_name: Text = Field(default=None, validation_alias="displayName")
    full_name: Text = Field(default=None, validation_alias="fullName")
    parent_device_id: Text = Field(default=None, validation_alias="parentDeviceId")


class WebhookBody(BaseModel):
    """A webhook's body. The event is named by `bot_event` or by `event`; those of participants name no bot here."""

    model_config = TOLERANT

    bot_event: Text = None
    event: Text = None
    bot_id: Text = None
    timestamp: Moment = None
