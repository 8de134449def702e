"""What we publish: every table of the lake, with type, unit, key and meaning of each column.

Decides names, types, nullability and order. Never reads or writes anything.
Columns are only ever added, at the end of a table and nullable, so that older files stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

SCHEMA_VERSION = "1"

TEXT = pa.string()
FLAG = pa.bool_()
INDEX = pa.int32()
MS = pa.int64()
BYTES = pa.int64()
SHARE = pa.float32()
TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `repeats` says that few values recur in a file, so that a dictionary pays."""

    name: str
    type: pa.DataType
    nullable: bool
    description: str
    unit: str | None = None
    key: bool = False
    personal: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Rows lie in the order of `sort_key`, so that one recording is contiguous."""

    name: str
    description: str
    columns: tuple[Column, ...]
    sort_key: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


def _key(name: str, type_: pa.DataType, description: str, *, repeats: bool = False) -> Column:
    return Column(name, type_, False, description, key=True, repeats=repeats)


def _given(name: str, type_: pa.DataType, description: str, unit: str | None = None) -> Column:
    return Column(name, type_, False, description, unit)


def _maybe(name: str, type_: pa.DataType, description: str, unit: str | None = None) -> Column:
    return Column(name, type_, True, description, unit)


def _personal(name: str, description: str, *, nullable: bool = True, repeats: bool = False) -> Column:
    return Column(name, TEXT, nullable, description, personal=True, repeats=repeats)


def _code(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, TEXT, nullable, description, repeats=True)


_SOURCE = _code("source", "Who captured it: zoom, or the name of a bot provider")
_RECORDING = _code("recording_key", "The recording it belongs to, <source>:<native id>")
_PARSER = _code("parser_version", "Version of the rules that made this row out of the archived bytes")
_PAYLOAD = _given("payload_sha256", TEXT, "SHA-256 of the archived bytes this row was made from", "hex")
_START_MS = _maybe("start_ms", MS, "Start, counted from the start of the media file it belongs to", "ms")
_END_MS = _maybe("end_ms", MS, "End on the same scale; null when the source gave none", "ms")
_START_AT = _maybe("start_at", TIME, "Absolute start; the only axis on which sources compare", "UTC")
_END_AT = _maybe("end_at", TIME, "Absolute end", "UTC")
_LABEL = _personal("speaker_label", "Speaker exactly as the source wrote it", repeats=True)
_NAME = _personal("speaker_name", "Speaker's name, only where the label names a person", repeats=True)

RECORDINGS = Table(
    "recordings",
    "One capture of a meeting by one source",
    (
        _key("recording_key", TEXT, "<source>:<native id>"),
        _SOURCE,
        _given("native_id", TEXT, "The source's own id of this capture: a Zoom UUID, a bot id"),
        _code("platform", "Where the meeting took place: zoom, google_meet, teams", nullable=True),
        _maybe("meeting_id", TEXT, "Meeting number; the same for all instances of a series"),
        _maybe("meeting_uuid", TEXT, "Zoom's id of this one instance of the meeting"),
        _personal("topic", "Title of the meeting"),
        _personal("host_id", "The source's id of the host", repeats=True),
        _personal("host_email", "Mail address of the host", repeats=True),
        _given("started_at", TIME, "Start of the capture; its UTC date is the partition", "UTC"),
        _maybe("ended_at", TIME, "End of the capture", "UTC"),
        _maybe("duration_ms", MS, "Length of the capture", "ms"),
        _code("timezone", "Time zone of the host, IANA name", nullable=True),
        _code("time_base", "What start_ms counts from, e.g. recording_start", nullable=True),
        _code("status", "The source's own word for its state", nullable=True),
        _code("end_reason", "Why the capture ended, as the source says it", nullable=True),
        _code(
            "transcript_status", "available, empty, pending, none, failed, expired; null: no sign of one", nullable=True
        ),
        _given("n_files", INDEX, "Files the source lists for this recording"),
        _personal("extra", "Whatever else the source said, secrets removed, as JSON"),
        _maybe("first_seen_at", TIME, "When the harvester first saw it listed", "UTC"),
        _PAYLOAD,
        _PARSER,
    ),
    ("recording_key",),
)

FILES = Table(
    "files",
    "One file of a recording, archived or not",
    (
        _key("recording_key", TEXT, "The recording it belongs to", repeats=True),
        _key("file_key", TEXT, "Unique within the recording, and the same at every listing"),
        _SOURCE,
        _code("kind", "video, audio, transcript, captions, chat, timeline, poll, summary or other"),
        _code("file_type", "The source's own type, e.g. MP4"),
        _code("recording_type", "Layout or content as the source says it", nullable=True),
        _code("file_extension", "Extension the source gives", nullable=True),
        _given("part_index", INDEX, "0, 1, ...: part of a paused and resumed recording, by start"),
        _maybe("recording_start_at", TIME, "When this file's content starts", "UTC"),
        _maybe("recording_end_at", TIME, "When this file's content ends", "UTC"),
        _maybe("listed_bytes", BYTES, "Size the source lists", "bytes"),
        _maybe("size_bytes", BYTES, "Size of the archived file", "bytes"),
        _maybe("sha256", TEXT, "SHA-256 of the archived file", "hex"),
        _maybe("archive_path", TEXT, "Where the file lies below the archive"),
        _code("status", "archived, pending, failed, missing, expired or skipped"),
        _maybe("error", TEXT, "Why it is not archived"),
        _maybe("archived_at", TIME, "When the archived file was proven whole", "UTC"),
    ),
    ("recording_key", "file_key"),
)

TRANSCRIPTS = Table(
    "transcripts",
    "One transcript or caption file, or one transcript run of a bot",
    (
        _key("transcript_key", TEXT, "Unique over the lake; starts with the recording's key"),
        _RECORDING,
        _SOURCE,
        _maybe("file_key", TEXT, "The file it was read from; null when it came through an API"),
        _code("kind", "transcript (made after the meeting) or captions (made live)"),
        _code("provider", "Speech recogniser, as far as known", nullable=True),
        _code("language", "BCP-47, e.g. en or pt-BR", nullable=True),
        _maybe("t0_at", TIME, "The instant at which start_ms is 0", "UTC"),
        _given("n_segments", INDEX, "Rows it has in segments"),
        _given("n_speakers", INDEX, "Different speaker labels"),
        _given("n_words", INDEX, "Words in all segments"),
        _given("rejected_cues", INDEX, "Cues that could not be read and are not in segments"),
        _given("is_current", FLAG, "True for the newest run; older runs are kept beside it"),
        _PAYLOAD,
        _PARSER,
    ),
    ("recording_key", "transcript_key"),
)

SEGMENTS = Table(
    "segments",
    "One cue or utterance, as the source gave it: the truth of what was said",
    (
        _key("transcript_key", TEXT, "The transcript it belongs to", repeats=True),
        _key("segment_index", INDEX, "Place in the file, from 0; never re-ordered by time"),
        _RECORDING,
        _SOURCE,
        _code("meeting_id", "Meeting number", nullable=True),
        _code("kind", "transcript or captions"),
        _maybe("source_segment_id", TEXT, "The source's id of the cue or utterance"),
        _START_MS,
        _END_MS,
        _START_AT,
        _END_AT,
        _LABEL,
        _NAME,
        _code("speaker_kind", "named, generic (Speaker 2) or unknown"),
        _code("speaker_source", "How the speaker is known: prefix, voice, timeline, provider", nullable=True),
        _maybe("speaker_share", SHARE, "Share of the segment in which this speaker was active", "0..1"),
        _personal("text", "What was said, without the speaker's prefix", nullable=False),
        _code("language", "BCP-47, where the source says it per segment", nullable=True),
        _maybe("confidence", SHARE, "The recogniser's own confidence; never an average of ours", "0..1"),
        _maybe("channel", INDEX, "Audio channel"),
        _given("n_words", INDEX, "Words in the text"),
        _code("time_flag", "negative, zero or out_of_order where the times are odd", nullable=True),
    ),
    ("recording_key", "transcript_key", "segment_index"),
)

TURNS = Table(
    "turns",
    "One run of segments by one speaker with gaps of at most 3 s",
    (
        _key("transcript_key", TEXT, "The transcript it belongs to", repeats=True),
        _key("turn_index", INDEX, "Place in the transcript, from 0"),
        _RECORDING,
        _SOURCE,
        _given("first_segment", INDEX, "segment_index of the first segment"),
        _given("last_segment", INDEX, "segment_index of the last segment"),
        _given("n_segments", INDEX, "Segments in the turn"),
        _START_MS,
        _END_MS,
        _START_AT,
        _END_AT,
        _LABEL,
        _NAME,
        _personal("text", "Text of its segments, joined by a blank", nullable=False),
    ),
    ("recording_key", "transcript_key", "turn_index"),
)

COVERAGE = Table(
    "coverage",
    "One day of one source: what was listed and what of it is here (the day is the partition)",
    (
        _key("source", TEXT, "Who captured it"),
        _given("recordings_listed", INDEX, "Recordings the source listed"),
        _given("files_listed", INDEX, "Files it listed for them"),
        _given("files_archived", INDEX, "Files proven to be in the archive"),
        _given("transcripts_available", INDEX, "Recordings with a transcript that was read"),
        _given("transcripts_pending", INDEX, "Recordings whose transcript is still awaited"),
        _given("gaps", INDEX, "Files that failed, are missing or expired before they were fetched"),
    ),
    ("source",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (RECORDINGS, FILES, TRANSCRIPTS, SEGMENTS, TURNS, COVERAGE)}
)


def arrow_schema(table: Table) -> pa.Schema:
    """The table as Arrow sees it; descriptions and units travel in the field metadata."""
    return pa.schema(
        [
            pa.field(column.name, column.type, nullable=column.nullable, metadata=_field_metadata(column))
            for column in table.columns
        ],
        metadata={"harvester.schema_version": SCHEMA_VERSION},
    )


def _field_metadata(column: Column) -> dict[str, str]:
    described = {"description": column.description}
    return described | {"unit": column.unit} if column.unit else described
