"""The SQL of pages over one meeting. Text only; every question names the day, so that only its files are read."""

from __future__ import annotations

CUES_A_PAGE = 5_000
"""Cues on one page of a transcript: an hour has about a thousand."""

# the host by address, else by the name in the list of participants, where there is one, else by id
RECORDING = """
SELECT r.*, coalesce(r.host_email, (
    SELECT min(name) FROM participants WHERE date = $day AND recording_key = $key AND is_host HAVING count(*) = 1),
    r.host_id) AS host
FROM recordings r WHERE r.date = $day AND r.recording_key = $key
"""

# the recordings of the same meeting; a bot's day may be the one before or after
SIBLINGS = """
WITH seen AS (
    SELECT r.date, r.recording_key, r.source, r.topic, r.started_at, r.transcript_status,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key
    WHERE r.date BETWEEN $day - 1 AND $day + 1)
SELECT * FROM seen
WHERE meeting_key = (SELECT meeting_key FROM seen WHERE date = $day AND recording_key = $key)
ORDER BY source <> 'zoom', started_at, recording_key
"""

# the same choice as the view `transcript` makes; a part is read in the order of its media file
PARTS = """
SELECT t.transcript_key, t.t0_at, t.kind, t.provider, t.language, t.n_segments, t.rejected_cues,
    coalesce(f.part_index, 0) AS part_index
FROM transcripts t
LEFT JOIN files f ON f.date = $day AND f.recording_key = $key AND f.file_key = t.file_key
WHERE t.date = $day AND t.recording_key = $key AND t.is_current AND t.n_segments > 0
QUALIFY t.kind = 'transcript' OR NOT bool_or(t.kind = 'transcript') OVER ()
ORDER BY part_index, t.transcript_key
"""

CUES = """
SELECT transcript_key, segment_index, start_at, start_ms, end_ms, speaker, text, is_corrected
FROM transcript WHERE date = $day AND recording_key = $key
ORDER BY list_position($order, transcript_key), segment_index LIMIT $limit OFFSET $offset
"""

TALK = """
SELECT speaker, talk_ms, n_segments, n_words FROM talk_time WHERE date = $day AND recording_key = $key
ORDER BY talk_ms DESC, speaker
"""

FILES = """
SELECT file_key, kind, recording_type, file_type, file_extension, part_index, size_bytes, archive_path, status, error
FROM files WHERE date = $day AND recording_key = $key ORDER BY part_index, kind, file_key
"""

ONE_FILE = """
SELECT kind, file_extension, archive_path FROM files
WHERE date = $day AND recording_key = $key AND file_key = $file_key AND status = 'archived'
"""

CHAT = """
SELECT sent_at, offset_ms, sender, recipient, text, kind, reply_to, reaction, is_removed, clock_time
FROM chat_messages WHERE date = $day AND recording_key = $key ORDER BY message_index LIMIT $limit
"""

ACTIVITY = """
SELECT username AS speaker, start_ms, end_ms, start_at, end_at FROM speaker_activity
WHERE date = $day AND recording_key = $key AND username IS NOT NULL AND start_ms IS NOT NULL
ORDER BY activity_index LIMIT $limit
"""

SUMMARIES = """
SELECT kind, start_ms, start_at, title, text, short_text FROM summaries
WHERE date = $day AND recording_key = $key AND coalesce(title, text, short_text) IS NOT NULL
ORDER BY summary_index LIMIT $limit
"""

POLLS = """
SELECT poll, question, answer, respondent FROM poll_answers
WHERE date = $day AND recording_key = $key AND coalesce(question, answer) IS NOT NULL
ORDER BY answer_index LIMIT $limit
"""

CLOCK_OFFSET = "SELECT clock_offset_ms FROM meeting_sources WHERE date = $day AND recording_key = $key"

# where a cue stands on its page: all cues of the parts before it come first
CUE_PLACES = f"""
WITH chosen AS (
    {
    PARTS.replace("t.date = $day AND t.recording_key = $key", "t.date IN (SELECT unnest($days))")
    .replace("f.date = $day AND f.recording_key = $key", "f.date = t.date AND f.recording_key = t.recording_key")
    .replace("OVER ()", "OVER (PARTITION BY t.date, t.recording_key)")
    .replace("SELECT t.transcript_key", "SELECT t.date, t.recording_key, t.transcript_key")
})
SELECT transcript_key, coalesce(sum(n_segments) OVER (
    PARTITION BY date, recording_key ORDER BY part_index, transcript_key
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS first_place
FROM chosen QUALIFY list_contains($keys, transcript_key)
"""

FIND_MEETING = """
SELECT date, recording_key, topic, started_at FROM recordings
WHERE ($what IN (recording_key, native_id, meeting_uuid, meeting_id)) AND {days}
ORDER BY source <> 'zoom', started_at DESC, recording_key LIMIT 20
"""
