"""The views over what people wrote by hand, and the segments as it makes them.

Decides which correction holds for a segment. The raw rows stay as they are. Never runs SQL.
"""

from __future__ import annotations

from schemas.handmade import ALIASES_FILE, CORRECTIONS_FILE
from schemas.table import FLAG, INDEX, TEXT, Column, Disguise, maybe
from schemas.view import DAY, DUCKDB_TYPES, View, borrow, fill, render_typed, shown

SPEAKER = shown("speaker", "Who spoke, by name or else as the source labels it, as corrected")
CORRECTED = maybe("is_corrected", FLAG, "Whether a correction changed its speaker or its text")

_CORRECTION = (
    maybe("correction_index", INDEX, "Place among the corrections; of two that are alike the later holds"),
    maybe("transcript_key", TEXT, "The transcript it corrects"),
    maybe("segment_index", INDEX, "The one segment it corrects; null: every segment of that speaker"),
    shown("speaker_was", "Speaker in the raw row; where it is another one by now, nothing is corrected"),
    shown("speaker", "Who really spoke; null leaves the speaker as it is"),
    shown("text_was", "Text in the raw row; where it is another one by now, nothing is corrected", Disguise.KEPT),
    shown("text", "What was really said; null leaves the text as it is", Disguise.KEPT),
    shown("note", "Why, for people", Disguise.KEPT),
)
_ALIAS = (
    shown("label", "Speaker as shown, letter by letter"),
    shown("person", "Name to be used", Disguise.NAME),
    shown("email", "Mail address, which tells people of one name apart", Disguise.EMAIL),
    maybe("source", TEXT, "Only in recordings of this source"),
    maybe("recording_key", TEXT, "Only in this recording"),
    shown("note", "Why, for people", Disguise.KEPT),
)

# Who is first in the list wins, field by field: one segment before all of a speaker, the later before the earlier.
# Transcripts that nobody corrected pass by the lists, so nobody pays for what nobody wrote.
_CORRECTED_SEGMENTS = r"""
WITH listed AS (
    SELECT transcript_key, list({'segment_index': segment_index, 'speaker_was': speaker_was, 'speaker': speaker,
            'text_was': text_was, 'text': text} ORDER BY segment_index IS NULL, correction_index DESC) AS corrections
    FROM corrections WHERE transcript_key IS NOT NULL GROUP BY transcript_key),
raw AS (
    SELECT s.*, coalesce(s.speaker_name, s.speaker_label) AS raw_speaker,
        [c FOR c IN l.corrections IF (c.text_was IS NULL OR c.text_was = s.text)
            AND CASE WHEN c.segment_index IS NULL THEN c.speaker_was = coalesce(s.speaker_name, s.speaker_label)
                ELSE c.segment_index = s.segment_index
                    AND coalesce(c.speaker_was = coalesce(s.speaker_name, s.speaker_label), c.speaker_was IS NULL)
                END] AS held
    FROM segments s JOIN listed l ON l.transcript_key = s.transcript_key),
corrected AS (
    SELECT *, coalesce([h.speaker FOR h IN held IF h.speaker IS NOT NULL][1], raw_speaker) AS speaker,
        coalesce([h.text FOR h IN held IF h.text IS NOT NULL][1], text) AS said
    FROM raw)
SELECT date, source, recording_key, transcript_key, segment_index, kind, start_ms, end_ms, start_at, end_at,
    coalesce(speaker_name, speaker_label) AS speaker, speaker_kind, text, language, n_words, false AS is_corrected
FROM segments ANTI JOIN listed USING (transcript_key)
UNION ALL
SELECT date, source, recording_key, transcript_key, segment_index, kind, start_ms, end_ms, start_at, end_at, speaker,
    CASE WHEN speaker IS DISTINCT FROM raw_speaker THEN 'named' ELSE speaker_kind END, said, language,
    CASE WHEN said <> text AND n_words > 0 THEN len(regexp_extract_all(said, '[^\x00-\x20]+'))::INTEGER
        ELSE n_words END,
    speaker IS DISTINCT FROM raw_speaker OR said <> text
FROM corrected"""


def _render_sheet(name: str, file: str, columns: tuple[Column, ...]) -> str:
    """One file as typed rows; read_csv refuses a missing one, so whether it is there is asked as for tables."""
    names = fill([column.name for column in columns], "    ")
    types = fill([f"''{column.name}'': ''{DUCKDB_TYPES[column.type]}''" for column in columns], "        ")
    return f"""\
SELECT
    {names}
FROM query('SELECT {fill(render_typed(columns), "        ")} WHERE false'
    || CASE WHEN getvariable('has_{name}') THEN ' UNION ALL BY NAME SELECT * FROM read_csv('
    || 'getvariable(''lake'') || ''/{file}'', auto_detect = false, header = true, parallel = false, '
    || 'max_line_size = 67_108_864, buffer_size = 67_108_864, delim = '','', quote = ''"'', escape = ''"'', columns = {{
        {types}}})' ELSE '' END)"""


CORRECTION_VIEWS = (
    View(
        "corrections",
        "what people put right by hand; of one segment, or of all that a speaker said in a transcript",
        "SELECT transcript_key, segment_index, speaker_was, speaker, text FROM corrections",
        _CORRECTION,
        _render_sheet("corrections", CORRECTIONS_FILE, _CORRECTION),
    ),
    View(
        "aliases",
        "who is meant by a speaker's label, as people wrote it by hand, everywhere or in one source or recording",
        "SELECT label, person, email FROM aliases ORDER BY label",
        _ALIAS,
        _render_sheet("aliases", ALIASES_FILE, _ALIAS),
    ),
    View(
        "corrected_segments",
        "all segments with corrections applied, also those of older transcripts; a correction whose speaker_was or "
        "text_was is not in the raw row is not applied",
        "SELECT start_at, speaker, text FROM corrected_segments WHERE is_corrected",
        (
            DAY,
            *borrow("segments", "source", "recording_key", "transcript_key", "segment_index", "kind"),
            *borrow("segments", "start_ms", "end_ms", "start_at", "end_at"),
            SPEAKER,
            *borrow("segments", "speaker_kind", "text", "language", "n_words"),
            CORRECTED,
        ),
        _CORRECTED_SEGMENTS,
    ),
)
