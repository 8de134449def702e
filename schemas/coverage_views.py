"""The DuckDB views over what is there: transcripts per day and how late they came, and what has none and why.

Decides when a recording has a transcript: one with a segment, made after the meeting; captions are counted apart. The
lag counts to when the file was proven to be in the archive, so after a backfill it says how late that was. Never runs
SQL.
"""

from __future__ import annotations

from schemas.speech_views import CHOSEN, MEETING
from schemas.table import FLAG, MS, TEXT, maybe
from schemas.view import DAY, NUMBER, View, borrow

_HELD = f"""\
{CHOSEN},
held AS (
    SELECT c.date, c.recording_key, any_value(c.kind) AS kind,
        max(f.archived_at) FILTER (c.kind = 'transcript') AS arrived_at
    FROM chosen c
    JOIN transcripts t ON t.date = c.date AND t.transcript_key = c.transcript_key
    LEFT JOIN files f ON f.date = t.date AND f.recording_key = t.recording_key AND f.file_key = t.file_key
    GROUP BY c.date, c.recording_key)"""

_TRANSCRIPT_COVERAGE = f"""\
WITH {_HELD}
SELECT r.date, r.source, count(*) AS n_recordings, count(*) FILTER (h.kind = 'transcript') AS n_transcripts,
    count(*) FILTER (h.kind = 'captions') AS n_captions_only,
    count(*) FILTER (h.kind IS NULL AND r.transcript_status = 'pending') AS n_awaited,
    count(*) FILTER (h.kind = 'transcript') / count(*) AS transcript_share,
    median(epoch_ms(h.arrived_at) - epoch_ms(r.ended_at))::BIGINT AS median_lag_ms,
    max(epoch_ms(h.arrived_at) - epoch_ms(r.ended_at)) AS longest_lag_ms
FROM recordings r LEFT JOIN held h ON h.date = r.date AND h.recording_key = r.recording_key
GROUP BY r.date, r.source"""

_MISSING_TRANSCRIPTS = f"""\
WITH {_HELD},
failed AS (
    SELECT date, recording_key, max(error) AS error FROM files
    WHERE kind = 'transcript' AND status <> 'archived' GROUP BY date, recording_key)
SELECT r.date, r.source, r.recording_key, r.topic, r.host_id, r.host_email, r.started_at, r.transcript_status,
    coalesce(f.error, CASE r.transcript_status
        WHEN 'available' THEN 'it is there, and nothing in it could be read'
        WHEN 'empty' THEN 'it is there, and nobody speaks in it'
        WHEN 'pending' THEN 'it is awaited'
        WHEN 'none' THEN 'the source made none'
        WHEN 'failed' THEN 'the source failed to make it, or it could not be fetched or read'
        WHEN 'expired' THEN 'it was gone at the source before it was fetched'
        ELSE 'there is no sign of one' END) AS reason,
    coalesce(h.kind = 'captions', false) AS has_captions
FROM recordings r
LEFT JOIN held h ON h.date = r.date AND h.recording_key = r.recording_key
LEFT JOIN failed f ON f.date = r.date AND f.recording_key = r.recording_key
WHERE h.kind IS DISTINCT FROM 'transcript'"""

COVERAGE_VIEWS = (
    View(
        "transcript_coverage",
        "per day and source: recordings, how many have a transcript, and how long after the meeting's end it came",
        "SELECT date, source, n_transcripts, n_recordings FROM transcript_coverage ORDER BY ALL",
        (
            DAY,
            *borrow("recordings", "source"),
            maybe("n_recordings", MS, "Recordings"),
            maybe("n_transcripts", MS, "Of these, with a transcript"),
            maybe("n_captions_only", MS, "Of these, with captions alone"),
            maybe("n_awaited", MS, "Of these, with neither yet, whose transcript is awaited"),
            maybe("transcript_share", NUMBER, "Share of recordings with a transcript", "0..1"),
            maybe("median_lag_ms", MS, "From the recording's end to the transcript in the archive, median", "ms"),
            maybe("longest_lag_ms", MS, "The same, longest", "ms"),
        ),
        _TRANSCRIPT_COVERAGE,
    ),
    View(
        "missing_transcripts",
        "recordings without a transcript, and why",
        "SELECT date, topic, reason FROM missing_transcripts ORDER BY ALL",
        (
            *MEETING,
            *borrow("recordings", "host_id", "host_email", "started_at", "transcript_status"),
            maybe("reason", TEXT, "Why, as far as it is known; the error of its file where there is one"),
            maybe("has_captions", FLAG, "Whether there are captions instead"),
        ),
        _MISSING_TRANSCRIPTS,
    ),
)
