"""What we publish: every table of the lake, with type, unit, key and meaning of each column.

Decides names, types, nullability and order. Never reads or writes anything.
Columns are only ever added, at the end of a table and nullable, so that older files stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.columns import (
    END_AT,
    END_MS,
    LABEL,
    NAME,
    PARSER,
    PAYLOAD,
    RECORDING,
    RECORDING_ROW,
    SOURCE,
    START_AT,
    START_MS,
)
from schemas.lake_bots import PARTICIPANTS, RECORDING_LINKS, WORDS
from schemas.lake_sidecars import CHAT_MESSAGES, POLL_ANSWERS, SPEAKER_ACTIVITY, SUMMARIES
from schemas.table import BYTES, FLAG, INDEX, MS, SHARE, TEXT, TIME, Disguise, Table, code, given, key, maybe, personal

RECORDINGS = Table(
    "recordings",
    "One capture of a meeting by one source",
    (
        key("recording_key", TEXT, "<source>:<native id>"),
        SOURCE,
        given("native_id", TEXT, "The source's own id of this capture: a Zoom UUID, a bot id"),
        code("platform", "Where the meeting took place: zoom, google_meet, teams", nullable=True),
        maybe("meeting_id", TEXT, "Meeting number; the same for all instances of a series"),
        maybe("meeting_uuid", TEXT, "Zoom's id of this one instance of the meeting"),
        personal("topic", "Title of the meeting", Disguise.KEPT),
        personal("host_id", "The source's id of the host", Disguise.ID, repeats=True),
        personal("host_email", "Mail address of the host", Disguise.EMAIL, repeats=True),
        given("started_at", TIME, "Start of the capture; its UTC date is the partition", "UTC"),
        maybe("ended_at", TIME, "End of the capture", "UTC"),
        maybe("duration_ms", MS, "Length of the capture", "ms"),
        code("timezone", "Time zone of the host, IANA name", nullable=True),
        code("time_base", "What start_ms counts from, e.g. recording_start", nullable=True),
        code("status", "The source's own word for its state", nullable=True),
        code("end_reason", "Why the capture ended, as the source says it", nullable=True),
        code(
            "transcript_status", "available, empty, pending, none, failed, expired; null: no sign of one", nullable=True
        ),
        given("n_files", INDEX, "Files the source lists for this recording"),
        personal("extra", "Whatever else the source said, secrets removed, as JSON", Disguise.REDUCED),
        maybe("first_seen_at", TIME, "When the harvester first saw it listed", "UTC"),
        PAYLOAD,
        PARSER,
        maybe("gone_at", TIME, "Since when the source has it no longer; null while it has", "UTC"),
        personal("gone_by", "Who deleted it there, where an event said so", Disguise.EMAIL, repeats=True),
    ),
    ("recording_key",),
)

FILES = Table(
    "files",
    "One file of a recording, archived or not",
    (
        RECORDING_ROW,
        key("file_key", TEXT, "Unique within the recording, and the same at every listing"),
        SOURCE,
        code("kind", "video, audio, transcript, captions, chat, timeline, poll, summary, participants or other"),
        code("file_type", "The source's own type, e.g. MP4"),
        code("recording_type", "Layout or content as the source says it", nullable=True),
        code("file_extension", "Extension the source gives", nullable=True),
        given("part_index", INDEX, "0, 1, ...: part of a paused and resumed recording, by start"),
        maybe("recording_start_at", TIME, "When this file's content starts", "UTC"),
        maybe("recording_end_at", TIME, "When this file's content ends", "UTC"),
        maybe("listed_bytes", BYTES, "Size the source lists", "bytes"),
        maybe("size_bytes", BYTES, "Size of the archived file", "bytes"),
        maybe("sha256", TEXT, "SHA-256 of the archived file", "hex"),
        maybe("archive_path", TEXT, "Where the file lies below the archive"),
        code("status", "archived, pending, failed, missing, expired or skipped"),
        maybe("error", TEXT, "Why it is not archived"),
        maybe("archived_at", TIME, "When the archived file was proven whole", "UTC"),
        maybe("gone_at", TIME, "Since when the source lists it no longer, of a recording it still has", "UTC"),
    ),
    ("recording_key", "file_key"),
)

TRANSCRIPTS = Table(
    "transcripts",
    "One transcript or caption file, or one transcript run of a bot",
    (
        key("transcript_key", TEXT, "Unique over the lake; starts with the recording's key"),
        RECORDING,
        SOURCE,
        maybe("file_key", TEXT, "The file it was read from; null when it came through an API"),
        code("kind", "transcript (made after the meeting) or captions (made live)"),
        code("provider", "Speech recogniser, as far as known", nullable=True),
        code("language", "BCP-47, e.g. en or pt-BR", nullable=True),
        maybe("t0_at", TIME, "The instant at which start_ms is 0", "UTC"),
        given("n_segments", INDEX, "Rows it has in segments"),
        given("n_speakers", INDEX, "Different speaker labels"),
        given("n_words", INDEX, "Words in all segments"),
        given("rejected_cues", INDEX, "Cues that could not be read and are not in segments"),
        given("is_current", FLAG, "True for the newest run; older runs are kept beside it"),
        PAYLOAD,
        PARSER,
        maybe("made_at", TIME, "When this run was made, where the source says it", "UTC"),
    ),
    ("recording_key", "transcript_key"),
)

SEGMENTS = Table(
    "segments",
    "One cue or utterance, as the source gave it: the truth of what was said",
    (
        key("transcript_key", TEXT, "The transcript it belongs to", repeats=True),
        key("segment_index", INDEX, "Place in the file, from 0; never re-ordered by time"),
        RECORDING,
        SOURCE,
        code("meeting_id", "Meeting number", nullable=True),
        code("kind", "transcript or captions"),
        maybe("source_segment_id", TEXT, "The source's id of the cue or utterance"),
        START_MS,
        END_MS,
        START_AT,
        END_AT,
        LABEL,
        NAME,
        code("speaker_kind", "named, generic (Speaker 2) or unknown"),
        code("speaker_source", "How the speaker is known: prefix, voice, timeline, provider", nullable=True),
        maybe("speaker_share", SHARE, "Share of the segment in which this speaker was active", "0..1"),
        personal("text", "What was said, without the speaker's prefix", Disguise.KEPT, nullable=False),
        code("language", "BCP-47, where the source says it per segment", nullable=True),
        maybe("confidence", SHARE, "The recogniser's own confidence; never an average of ours", "0..1"),
        maybe("channel", INDEX, "Audio channel"),
        given("n_words", INDEX, "Words in the text; 0 where a bot's source gives none"),
        code("time_flag", "negative, zero or out_of_order where the times are odd", nullable=True),
    ),
    ("recording_key", "transcript_key", "segment_index"),
)

TURNS = Table(
    "turns",
    "One run of segments by one speaker with gaps of at most 3 s",
    (
        key("transcript_key", TEXT, "The transcript it belongs to", repeats=True),
        key("turn_index", INDEX, "Place in the transcript, from 0"),
        RECORDING,
        SOURCE,
        given("first_segment", INDEX, "segment_index of the first segment"),
        given("last_segment", INDEX, "segment_index of the last segment"),
        given("n_segments", INDEX, "Segments in the turn"),
        START_MS,
        END_MS,
        START_AT,
        END_AT,
        LABEL,
        NAME,
        personal("text", "Text of its segments, joined by a blank", Disguise.KEPT, nullable=False),
    ),
    ("recording_key", "transcript_key", "turn_index"),
)

COVERAGE = Table(
    "coverage",
    "One day of one source: what was listed and what of it is here (the day is the partition)",
    (
        key("source", TEXT, "Who captured it"),
        given("recordings_listed", INDEX, "Recordings the source listed"),
        given("files_listed", INDEX, "Files it listed for them"),
        given("files_archived", INDEX, "Files proven to be in the archive"),
        given("transcripts_available", INDEX, "Recordings with a transcript that was read"),
        given("transcripts_pending", INDEX, "Recordings whose transcript is still awaited"),
        given("gaps", INDEX, "Files that failed, are missing or expired before they were fetched"),
        maybe(
            "awaited_since",
            TIME,
            "Earliest end of a recording whose transcript is awaited; it ends seven days later",
            "UTC",
        ),
        maybe("last_archived_at", TIME, "When the last of the day's archived files came", "UTC"),
    ),
    ("source",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            RECORDINGS,
            FILES,
            TRANSCRIPTS,
            SEGMENTS,
            TURNS,
            WORDS,
            PARTICIPANTS,
            CHAT_MESSAGES,
            SPEAKER_ACTIVITY,
            SUMMARIES,
            POLL_ANSWERS,
            COVERAGE,
            RECORDING_LINKS,
        )
    }
)

PUBLISHED = tuple(name for name in TABLES if name != "recording_links")
"""What one publish of a day of one source writes; links lie over the days and sources and are made anew."""
