"""The DuckDB views over what was said in one recording: readable, by speaker, by turn, and who speaks after whom.

Decides which transcript of a recording counts: all parts of the current one, or of the current captions where there is
none; so everywhere in these views. Never runs SQL.

A segment that ends before it starts lasts 0 ms. A caption lasts until the next one, at most 30 s, so captions say too
much of how long somebody spoke; `kind` tells them apart.
"""

from __future__ import annotations

from schemas.correction_views import CORRECTED, SPEAKER
from schemas.table import MS, maybe
from schemas.view import DAY, NUMBER, View, borrow, shown

CHOSEN = """\
chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key))"""
"""The transcripts that count. `place` is a number to sort by: ten million keys as text take four times as long."""

TOPIC = borrow("recordings", "topic")
MEETING = (DAY, *borrow("segments", "source", "recording_key"), *TOPIC)

_TRANSCRIPT = f"""\
WITH {CHOSEN}
SELECT s.date, s.source, r.topic, r.started_at, s.start_at, s.start_ms, s.end_ms,
    s.speaker, s.text, s.language, s.n_words, s.kind, s.recording_key, s.transcript_key, s.segment_index, s.is_corrected
FROM corrected_segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
JOIN recordings r ON r.date = s.date AND r.recording_key = s.recording_key"""

_TALK_TIME = """\
WITH said AS (
    SELECT date, source, recording_key, topic, speaker,
        sum(greatest(end_ms - start_ms, 0))::BIGINT AS talk_ms,
        count(*) AS n_segments, sum(n_words)::BIGINT AS n_words, any_value(kind) AS kind
    FROM transcript
    GROUP BY date, source, recording_key, topic, speaker),
runs AS (
    SELECT date, recording_key, speaker, count(*) AS n_turns,
        max(end_ms - start_ms) FILTER (end_ms >= start_ms) AS longest_turn_ms
    FROM speaker_turns GROUP BY date, recording_key, speaker)
SELECT s.date, s.source, s.recording_key, s.topic, s.speaker, s.talk_ms, s.n_segments, s.n_words,
    s.talk_ms / nullif(sum(s.talk_ms) OVER (PARTITION BY s.date, s.recording_key), 0) AS talk_share,
    coalesce(r.n_turns, 0) AS n_turns, r.longest_turn_ms,
    60_000 * nullif(s.n_words, 0) / nullif(s.talk_ms, 0) AS words_per_minute, s.kind
FROM said s
LEFT JOIN runs r ON r.date = s.date AND r.recording_key = s.recording_key
    AND r.speaker IS NOT DISTINCT FROM s.speaker"""

# Turns are in the lake, so only those of transcripts with a corrected speaker are cut again, with the usual gap.
_SPEAKER_TURNS = f"""\
WITH {CHOSEN},
recut AS (SELECT DISTINCT transcript_key FROM corrections WHERE speaker IS NOT NULL),
marked AS (
    SELECT s.*, speaker IS NULL OR speaker_kind = 'unknown' OR speaker IS DISTINCT FROM lag(speaker) OVER line
        OR coalesce(start_ms - lag(greatest(start_ms, end_ms)) OVER line > 3_000, false) AS is_first
    FROM corrected_segments s SEMI JOIN recut USING (transcript_key)
    WINDOW line AS (PARTITION BY date, transcript_key ORDER BY segment_index)),
numbered AS (
    SELECT *, sum(is_first::INTEGER) OVER (PARTITION BY date, transcript_key ORDER BY segment_index) AS turn
    FROM marked),
runs AS (
    SELECT date, source, recording_key, transcript_key, min(segment_index) AS first_segment,
        max(segment_index) AS last_segment, count(*)::INTEGER AS n_segments, any_value(speaker) AS speaker,
        arg_min(start_ms, segment_index) AS start_ms, max(end_ms) AS end_ms,
        arg_min(start_at, segment_index) AS start_at, max(end_at) AS end_at
    FROM numbered GROUP BY date, source, recording_key, transcript_key, turn
    UNION ALL
    SELECT date, source, recording_key, transcript_key, first_segment, last_segment, n_segments,
        coalesce(speaker_name, speaker_label), start_ms, end_ms, start_at, end_at
    FROM turns ANTI JOIN recut USING (transcript_key))
SELECT t.date, t.source, t.recording_key, t.transcript_key, t.first_segment, t.last_segment, t.n_segments, t.speaker,
    t.start_ms, t.end_ms, t.start_at, t.end_at
FROM runs t JOIN chosen c ON c.date = t.date AND c.transcript_key = t.transcript_key"""

_WHO_FOLLOWS_WHOM = f"""\
WITH {CHOSEN},
ordered AS (
    SELECT t.date, t.source, t.recording_key, t.speaker, lead(t.speaker) OVER (
        PARTITION BY t.date, c.place ORDER BY t.first_segment) AS next_speaker
    FROM speaker_turns t JOIN chosen c ON c.date = t.date AND c.transcript_key = t.transcript_key)
SELECT o.date, o.source, o.recording_key, r.topic, o.speaker, o.next_speaker, count(*) AS n_times
FROM ordered o JOIN recordings r ON r.date = o.date AND r.recording_key = o.recording_key
WHERE o.speaker <> o.next_speaker
GROUP BY ALL"""

SPEECH_VIEWS = (
    View(
        "transcript",
        "what was said in each recording, readable, from the current transcript only "
        "(captions where there is no transcript), with corrections applied",
        "SELECT start_at, speaker, text FROM transcript WHERE date = '2026-11-23' ORDER BY start_at",
        (
            DAY,
            *borrow("segments", "source"),
            *TOPIC,
            *borrow("recordings", "started_at"),
            *borrow("segments", "start_at", "start_ms", "end_ms"),
            SPEAKER,
            *borrow("segments", "text", "language", "n_words", "kind", "recording_key", "transcript_key"),
            *borrow("segments", "segment_index"),
            CORRECTED,
        ),
        _TRANSCRIPT,
    ),
    View(
        "speaker_turns",
        "turns of the transcripts that count, with speakers as corrected; a turn is one run of segments by one speaker "
        "with gaps of at most 3 s",
        "SELECT speaker, max(end_ms - start_ms) AS longest_ms FROM speaker_turns GROUP BY speaker",
        (
            DAY,
            *borrow("turns", "source", "recording_key", "transcript_key", "first_segment", "last_segment"),
            *borrow("turns", "n_segments"),
            SPEAKER,
            *borrow("turns", "start_ms", "end_ms", "start_at", "end_at"),
        ),
        _SPEAKER_TURNS,
    ),
    View(
        "talk_time",
        "per recording and speaker: time, share, segments, words, turns, longest turn, words per minute",
        "SELECT topic, speaker, talk_share FROM talk_time WHERE date = '2026-11-23' ORDER BY ALL",
        (
            *MEETING,
            SPEAKER,
            maybe("talk_ms", MS, "How long its segments are together", "ms"),
            maybe("n_segments", MS, "Segments"),
            maybe("n_words", MS, "Words; 0 where a bot's source gives none"),
            maybe("talk_share", NUMBER, "Share in the talk_ms of all speakers of the recording", "0..1"),
            maybe("n_turns", MS, "Turns"),
            maybe("longest_turn_ms", MS, "The longest turn, pauses of up to 3 s in it included", "ms"),
            maybe("words_per_minute", NUMBER, "Words per minute of talk_ms; null where words or times are not known"),
            *borrow("segments", "kind"),
        ),
        _TALK_TIME,
    ),
    View(
        "who_follows_whom",
        "how often one speaker's turn is followed by another's; what nobody is named for stands between two speakers",
        "SELECT speaker, next_speaker, sum(n_times) FROM who_follows_whom GROUP BY ALL ORDER BY 3 DESC",
        (
            *MEETING,
            shown("speaker", "Who spoke"),
            shown("next_speaker", "Who spoke next"),
            maybe("n_times", MS, "How often"),
        ),
        _WHO_FOLLOWS_WHOM,
    ),
)
