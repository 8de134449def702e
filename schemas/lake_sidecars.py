"""The tables of the lake made from what lies beside a recording's media: chat, timeline, summaries and polls."""

from __future__ import annotations

from schemas.columns import END_AT, END_MS, RECORDING_ROW, SOURCE, START_AT, START_MS
from schemas.table import FLAG, INDEX, MS, TEXT, TIME, Disguise, Table, code, disguised, given, key, maybe, personal

_FILE = maybe("file_key", TEXT, "The file it was read from")

CHAT_MESSAGES = Table(
    "chat_messages",
    "One message of a meeting's chat, with reactions and replies as messages of their own",
    (
        RECORDING_ROW,
        key("message_index", INDEX, "Place in the recording's chat, from 0: part by part, in the order of the file"),
        SOURCE,
        maybe("sent_at", TIME, "When it was sent; null where the file says only a clock of an unknown zone", "UTC"),
        maybe("offset_ms", MS, "When it was sent, counted from the start of its recording part", "ms"),
        personal("sender", "Who sent it, as the chat shows the name", Disguise.NAME, repeats=True),
        personal("recipient", "To whom, where the file says it: Everyone, or a name", Disguise.RECIPIENT, repeats=True),
        personal(
            "text",
            "The message as written; of a reply what was answered, of a reaction nothing",
            Disguise.KEPT,
            nullable=False,
        ),
        code("kind", "message, reply or reaction"),
        personal("reply_to", "What a reply or reaction quotes, as Zoom cuts it", Disguise.KEPT),
        _FILE,
        code("reaction", "The emoji of a reaction", nullable=True),
        maybe("is_removed", FLAG, "True where a reaction was taken back; null for everything else"),
        personal(
            "clock_time", "The time of day in the file, where it counts from no recording: HH:MM:SS", Disguise.KEPT
        ),
        personal("raw_text", "What the file says, where text is not the whole of it", Disguise.KEPT),
    ),
    ("recording_key", "message_index"),
)

SPEAKER_ACTIVITY = Table(
    "speaker_activity",
    "One stretch of a TIMELINE with one active user; one row per user where several are active, one where nobody is",
    (
        RECORDING_ROW,
        key("activity_index", INDEX, "Place in the recording's timelines, from 0: part by part, by time"),
        SOURCE,
        given("part_index", INDEX, "0, 1, ...: part of a paused and resumed recording"),
        START_MS,
        END_MS,
        START_AT,
        END_AT,
        disguised(
            code("user_id", "Zoom's id of the user in this meeting; null where nobody is active", nullable=True),
            Disguise.ID,
        ),
        disguised(
            code("zoom_user_id", "Zoom's id of the user over all meetings; guests have none", nullable=True),
            Disguise.ID,
        ),
        personal("username", "Name as the meeting shows it", Disguise.NAME, repeats=True),
        given("n_active", INDEX, "How many users are active at once; 0 is silence"),
        _FILE,
        given("n_entries", INDEX, "Entries of the file in this stretch: neighbours that say the same are one"),
        personal("email", "Mail address or stand-in; only with HARVESTER_KEEP_EMAILS", Disguise.EMAIL, repeats=True),
        maybe("several_people", FLAG, "Whether Zoom takes the user for several people at one device"),
    ),
    ("recording_key", "activity_index"),
)

SUMMARIES = Table(
    "summaries",
    "One piece of what Zoom's AI wrote of a meeting: the summary, a section or chapter of it, a next step",
    (
        RECORDING_ROW,
        key("summary_index", INDEX, "Place among the recording's summaries, from 0"),
        SOURCE,
        _FILE,
        code("kind", "summary (of the whole), section, chapter, next_step; other where the form is not known"),
        START_MS,
        END_MS,
        START_AT,
        END_AT,
        personal("title", "Heading, where it has one", Disguise.KEPT),
        personal("text", "What it says", Disguise.KEPT),
        personal("short_text", "The shorter form, where the file has one", Disguise.KEPT),
        personal("raw", "The piece as it stands in the file, as JSON", Disguise.DROPPED),
    ),
    ("recording_key", "summary_index"),
)

POLL_ANSWERS = Table(
    "poll_answers",
    "One answer of one person to one question of a poll",
    (
        RECORDING_ROW,
        key("answer_index", INDEX, "Place among the recording's answers, from 0"),
        SOURCE,
        _FILE,
        personal("poll", "Name of the poll, where the file says it", Disguise.KEPT),
        maybe("answered_at", TIME, "When, where the file says it with its zone", "UTC"),
        personal("respondent", "Who answered", Disguise.NAME, repeats=True),
        personal(
            "email", "Mail address of who answered; only with HARVESTER_KEEP_EMAILS", Disguise.EMAIL, repeats=True
        ),
        personal("question", "What was asked", Disguise.KEPT, repeats=True),
        personal("answer", "What was answered", Disguise.KEPT),
        personal(
            "raw",
            "The row as it stands in the file, as JSON, beside the first of its answers: column -> value",
            Disguise.DROPPED,
        ),
    ),
    ("recording_key", "answer_index"),
)
