"""The tables of the lake that bots fill: words, participants, and how a bot's recording belongs to Zoom's meeting.

Zoom's own recordings have no words.
"""

from __future__ import annotations

from schemas.columns import END_MS, RECORDING, RECORDING_ROW, SOURCE, START_MS
from schemas.table import (
    FLAG,
    INDEX,
    MS,
    SHARE,
    TEXT,
    TIME,
    Disguise,
    Table,
    code,
    disguised,
    given,
    key,
    maybe,
    personal,
)

WORDS = Table(
    "words",
    "One word of a bot's transcript",
    (
        key("transcript_key", TEXT, "The transcript it belongs to", repeats=True),
        key("segment_index", INDEX, "The segment it belongs to"),
        key("word_index", INDEX, "Place in the segment, from 0"),
        RECORDING,
        SOURCE,
        personal("text", "The word as it is shown, punctuation included", Disguise.KEPT, nullable=False),
        START_MS,
        END_MS,
        maybe("confidence", SHARE, "The recogniser's own confidence", "0..1"),
        personal("speaker_label", "Speaker of this one word, where the source says it", Disguise.LABEL, repeats=True),
    ),
    ("recording_key", "transcript_key", "segment_index", "word_index"),
)

PARTICIPANTS = Table(
    "participants",
    "One person, or device, in a recording, as far as the source says it",
    (
        RECORDING_ROW,
        disguised(
            key("participant_key", TEXT, "The source's id within this recording, else name:<name in lower case>"),
            Disguise.ID,
        ),
        SOURCE,
        disguised(maybe("native_id", TEXT, "The source's id, which means nothing outside this recording"), Disguise.ID),
        personal("user_id", "The source's id of the same person over several recordings", Disguise.ID),
        personal("name", "Name as the source shows it", Disguise.NAME),
        personal("email", "Mail address", Disguise.EMAIL),
        maybe("is_host", FLAG, "Whether it hosted the meeting"),
        maybe("is_bot", FLAG, "Whether it is the bot that recorded"),
        maybe("joined_at", TIME, "When it came", "UTC"),
        maybe("left_at", TIME, "When it went", "UTC"),
        code("device_kind", "How it took part, e.g. desktop or dial-in", nullable=True),
        disguised(
            maybe("parent_key", TEXT, "participant_key of whose second device or shared screen it is"), Disguise.ID
        ),
    ),
    ("recording_key", "participant_key"),
)

RECORDING_LINKS = Table(
    "recording_links",
    "Which of Zoom's meetings a bot's recording was of, and how that is known; made from the rows of recordings",
    (
        key("recording_key", TEXT, "The bot's recording"),
        SOURCE,
        maybe("meeting_uuid", TEXT, "Zoom's id of the meeting; null where none is known"),
        code("match_method", "explicit_uuid, provider_uuid, id_overlap or id_nearest_start", nullable=True),
        maybe("match_overlap_ms", MS, "How long both recorded the same meeting at once", "ms"),
        given("candidates", INDEX, "Zoom's meetings of that number around that day"),
        maybe("matched_at", TIME, "Since when both were known here, so that they could be linked", "UTC"),
        code("reason", "Why there is no link: no_meeting_id, no_candidate, ambiguous, conflict, ...", nullable=True),
        maybe("zoom_recording_key", TEXT, "Zoom's own recording of that meeting, where it is in the lake"),
    ),
    ("recording_key",),
)
