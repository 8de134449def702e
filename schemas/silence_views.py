"""The DuckDB views over when somebody speaks: silence, several at once, and how a whole meeting went.

Decides what silence is: time after the first and before the last word of a transcript in which no segment lies. Pauses
inside a segment are not seen, nor what lies before and after. Captions last until the next one, so nothing is said of
them. Never runs SQL.

Segments and turns are taken in the order of their starts. One that ends before it starts lasts 0 ms; one without an end
lasts until the next one starts.
"""

from __future__ import annotations

from schemas.correction_views import SPEAKER
from schemas.speech_views import CHOSEN, MEETING
from schemas.table import FLAG, MS, maybe
from schemas.view import NUMBER, View, borrow, shown

# Ten million rows are sorted here, so they are numbers only; what they belong to is looked up by `place` afterwards,
# for which `chosen` must be numbered once.
_TIMED = f"""\
{CHOSEN},
timed AS (
    SELECT s.date, c.place, s.segment_index, s.start_ms, s.end_ms, s.start_at, s.n_words,
        CASE WHEN c.kind = 'transcript' AND lag(s.end_ms IS NOT NULL) OVER earlier
            THEN greatest(s.start_ms - max(greatest(s.start_ms, s.end_ms)) OVER earlier, 0) END AS silence_ms
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    WHERE s.start_ms IS NOT NULL
    WINDOW earlier AS (PARTITION BY s.date, c.place ORDER BY s.start_ms, s.segment_index
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))"""

_SILENCES = f"""\
WITH {_TIMED}
SELECT t.date, r.source, r.recording_key, r.topic, c.transcript_key, t.start_ms - t.silence_ms AS start_ms,
    t.start_ms AS end_ms, t.start_at - to_milliseconds(t.silence_ms) AS start_at, t.start_at AS end_at, t.silence_ms
FROM timed t
JOIN chosen c ON c.date = t.date AND c.place = t.place
JOIN recordings r ON r.date = c.date AND r.recording_key = c.recording_key
WHERE t.silence_ms > 1"""

# Of all who still speak only the one who ends last is looked up, by that end; that is a join of few rows.
_INTERRUPTIONS = f"""\
WITH {CHOSEN},
timed AS (
    SELECT t.date, c.place, t.first_segment, t.speaker, t.start_ms, t.end_ms, t.start_at,
        max(t.end_ms) OVER (PARTITION BY t.date, c.place ORDER BY t.start_ms, t.first_segment
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest_end_ms
    FROM speaker_turns t JOIN chosen c ON c.date = t.date AND c.transcript_key = t.transcript_key
    WHERE c.kind = 'transcript' AND t.start_ms IS NOT NULL)
SELECT t.date, r.source, r.recording_key, r.topic, c.transcript_key, t.first_segment AS segment_index, t.start_at,
    t.start_ms, t.speaker, o.speaker AS other_speaker, least(t.end_ms, o.end_ms) - t.start_ms AS overlap_ms,
    t.end_ms > o.end_ms AS is_takeover
FROM timed t
JOIN chosen c ON c.date = t.date AND c.place = t.place
JOIN speaker_turns o ON o.date = t.date AND o.transcript_key = c.transcript_key AND o.end_ms = t.latest_end_ms
    AND (o.start_ms < t.start_ms OR (o.start_ms = t.start_ms AND o.first_segment < t.first_segment))
JOIN recordings r ON r.date = c.date AND r.recording_key = c.recording_key
WHERE t.latest_end_ms - t.start_ms > 1 AND coalesce(t.end_ms - t.start_ms, 1) > 0 AND o.speaker <> t.speaker"""

_MEETING_TALK = f"""\
WITH {_TIMED},
parts AS (
    SELECT date, place, max(greatest(start_ms, end_ms)) - min(start_ms) AS span_ms,
        sum(greatest(end_ms - start_ms, 0)) AS talk_ms, sum(silence_ms) AS silence_ms,
        max(silence_ms) AS longest_silence_ms, count(*) AS n_segments, sum(n_words) AS n_words
    FROM timed GROUP BY date, place),
meetings AS (
    SELECT p.date, c.recording_key, c.kind, sum(p.span_ms)::BIGINT AS span_ms, sum(p.talk_ms)::BIGINT AS talk_ms,
        CASE WHEN c.kind = 'transcript' THEN coalesce(sum(p.silence_ms), 0)::BIGINT END AS silence_ms,
        max(p.longest_silence_ms) AS longest_silence_ms, sum(p.n_segments)::BIGINT AS n_segments,
        sum(p.n_words)::BIGINT AS n_words
    FROM parts p JOIN chosen c ON c.date = p.date AND c.place = p.place GROUP BY p.date, c.recording_key, c.kind)
SELECT m.date, r.source, m.recording_key, r.topic, r.host_id, r.host_email, r.started_at, m.kind, m.span_ms, m.talk_ms,
    m.silence_ms, m.silence_ms / nullif(m.span_ms, 0) AS silence_share, m.longest_silence_ms,
    CASE WHEN m.silence_ms IS NOT NULL THEN greatest(m.talk_ms - (m.span_ms - m.silence_ms), 0) END AS overlap_ms,
    m.n_segments, m.n_words, 60_000 * nullif(m.n_words, 0) / nullif(m.talk_ms, 0) AS words_per_minute
FROM meetings m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key"""

SILENCE_VIEWS = (
    View(
        "meeting_talk",
        "how the talk of a whole recording went: span, speech, silence and its share, several at once, words per "
        "minute; silence is null for captions, which last until the next one",
        "SELECT topic, round(100 * silence_share) AS silent_percent FROM meeting_talk WHERE date = '2026-11-23'",
        (
            *MEETING,
            *borrow("recordings", "host_id", "host_email", "started_at"),
            *borrow("segments", "kind"),
            maybe("span_ms", MS, "From the first start to the last end; of several parts the sum", "ms"),
            maybe("talk_ms", MS, "How long all segments are together; two at once count twice", "ms"),
            maybe("silence_ms", MS, "Of the span, how long nobody spoke", "ms"),
            maybe("silence_share", NUMBER, "Share of silence in the span", "0..1"),
            maybe("longest_silence_ms", MS, "The longest stretch of silence", "ms"),
            maybe("overlap_ms", MS, "How much of talk_ms was spoken while somebody else spoke", "ms"),
            maybe("n_segments", MS, "Segments with a time"),
            maybe("n_words", MS, "Words in them; 0 where a bot's source gives none"),
            maybe("words_per_minute", NUMBER, "Words per minute of talk_ms; null where words or times are not known"),
        ),
        _MEETING_TALK,
    ),
    View(
        "silences",
        "each stretch of a transcript, from its first to its last word, in which nobody speaks",
        "SELECT topic, start_at, silence_ms FROM silences WHERE silence_ms >= 10_000 ORDER BY silence_ms DESC",
        (
            *MEETING,
            *borrow("segments", "transcript_key", "start_ms", "end_ms", "start_at", "end_at"),
            maybe("silence_ms", MS, "How long", "ms"),
        ),
        _SILENCES,
    ),
    View(
        "interruptions",
        "turns that start before another speaker's ends, by more than 1 ms; of several who still speak, the one "
        "who ends last. With is_takeover the speaker goes on after that, without it only speaks in between",
        "SELECT speaker, other_speaker, count(*) FROM interruptions WHERE is_takeover GROUP BY ALL ORDER BY 3 DESC",
        (
            *MEETING,
            *borrow("segments", "transcript_key", "segment_index", "start_at", "start_ms"),
            SPEAKER,
            shown("other_speaker", "Who was speaking"),
            maybe("overlap_ms", MS, "How long both spoke", "ms"),
            maybe("is_takeover", FLAG, "Whether the speaker goes on after the other has ended; null without an end"),
        ),
        _INTERRUPTIONS,
    ),
)
