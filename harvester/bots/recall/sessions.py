"""From a bot to its recordings and back: ids, what is cut out of a bot's answer, and what is secret in it.

Decides what one of our recordings is at Recall. Never decides what is said of it (`describe`, `files`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harvester.bots.scrub import build_scrubber
from harvester.bots.speech import describe_shape
from harvester.bots.validation import read_listed, read_model
from harvester.errors import Damaged, Vanished
from harvester.model import Json
from schemas.recall import Bot, BotRecording
from schemas.tolerant import read_items, read_text

SCRUBBER = build_scrubber(
    addresses=(
        "download_url",
        "provider_data_download_url",
        "participants_download_url",
        "participant_events_download_url",
        "speaker_timeline_download_url",
        "video_url",
    )
)
EXPIRED = frozenset({"deleted", "media_expired"})
FAILED = "failed"
ANSWER = "an answer of Recall's"
_DONE = frozenset({"done", "media_expired"})
_OVER = _DONE | {"fatal"}


@dataclass(frozen=True, slots=True)
class Session:
    """A bot with the one recording that a payload is about; None for a bot without any.

    `is_old`: the form of before v1.11, in which the bot itself was the recording.
    """

    bot: Bot
    recording: BotRecording | None
    is_old: bool

    @property
    def native_id(self) -> str:
        return build_id(self.bot.id, self.recording.id if self.recording else None)

    @property
    def is_done(self) -> bool:
        return any(each.code in _DONE for each in self.bot.status_changes)

    @property
    def is_over(self) -> bool:
        return any(each.code in _OVER for each in self.bot.status_changes)

    @property
    def expired_by(self) -> str | None:
        """Recall's word for it where the media are deleted, None where they are not. A bot's holds for all of it."""
        own = self.recording.status.code if self.recording else None
        codes = [own, *(each.code for each in self.bot.status_changes)]
        return next((each for each in codes if each in EXPIRED), None)

    def find_moments(self, code: str) -> list[datetime]:
        """When the bot's status became this, in order."""
        moments = (each.created_at for each in self.bot.status_changes if each.code == code)
        return sorted(each for each in moments if each)


def read_session(payload: Json) -> Session:
    """What a payload says. Raises Damaged where an id is missing, and for a bot whose recordings were not split."""
    bot = read_model(Bot, payload, what=ANSWER)
    if len(bot.recordings) > 1:
        raise Damaged("a bot of Recall's with several recordings: each is one of ours", subject=bot.id)
    is_old = "recordings" not in payload and (bot.video_url is not None or "media_retention_end" in payload)
    return Session(bot, bot.recordings[0] if bot.recordings else None, is_old)


def build_id(bot_id: str, recording_id: str | None) -> str:
    return f"{bot_id}:{recording_id}" if recording_id else bot_id


def split_id(native_id: str) -> tuple[str, str | None]:
    """The bot's id, and its recording's where it has one. Recall's are UUIDs, without a colon."""
    bot_id, _, recording_id = native_id.partition(":")
    return bot_id, recording_id or None


def split_bot(bot: Json) -> list[Json]:
    """A payload for each of its recordings; the bot itself once it is over without any; none before that."""
    codes = {read_text(each.get("code")) for each in read_items(bot.get("status_changes"))}
    is_recorded = bool(read_items(bot.get("recordings")))
    return cut_bot(bot) if is_recorded or not codes.isdisjoint(_OVER) else []


def cut_bot(bot: Json) -> list[Json]:
    """A payload for each of its recordings; the bot itself where it has none."""
    return [{**bot, "recordings": [each]} for each in read_items(bot.get("recordings"))] or [bot]


def check_bot(native_id: str, answers: Mapping[str, Any]) -> Json:
    """The bot that was asked for. Raises Damaged where the answer is of no bot, or of another one."""
    bot = answers.get("bot")
    if not isinstance(bot, dict) or read_text(bot.get("id")) != split_id(native_id)[0]:
        raise Damaged(f"it is not the bot that Recall was asked for: it is {describe_shape(bot)}", subject=native_id)
    return bot


def join_bot(native_id: str, answers: Mapping[str, Any]) -> Json:
    """The bot with this recording alone, and with what the other calls say of it.

    Raises Vanished where the bot has no such recording, Damaged where the answer is of no bot, or of another one.
    """
    bot = check_bot(native_id, answers)
    payload = _cut(bot, split_id(native_id)[1])
    pages = answers.get("transcripts")
    said = [each for each in pages if each is not None] if isinstance(pages, list) else []
    told = (each for page in said for each in read_listed(page, "results", what="page of Recall's transcripts"))
    runs = [*read_items(bot.get("transcripts")), *told]
    return {**payload, **({"transcripts": runs} if runs else {})}


def _cut(bot: Json, recording_id: str | None) -> Json:
    recordings = read_items(bot.get("recordings"))
    if recording_id is None and not recordings:
        return bot
    found = [each for each in recordings if read_text(each.get("id")) == recording_id]
    if recording_id is None or not found:
        # a bot that has recordings is none itself: each of them goes by its own id
        raise Vanished("Recall's bot has no such recording", subject=build_id(str(bot["id"]), recording_id))
    return {**bot, "recordings": found[:1]}
