"""Ten questions that analysts ask, each with the query over the views that answers it; README, tests and benchmark.

Decides nothing. Never runs SQL.
"""

from __future__ import annotations

ME = "xweOw9FdALlG63ZcyOFfGG"
"""A host of the demo; whoever asks puts an e-mail address or a user id of Zoom there."""

COOKBOOK = {
    "Who talks most in the meetings that I host?": "SELECT speaker, sum(talk_ms) // 1000 AS seconds FROM talk_time "
    f"JOIN recordings USING (date, recording_key) WHERE '{ME}' IN (host_id, host_email) "
    "GROUP BY speaker ORDER BY seconds DESC",
    "How long did each person speak, under whatever label, and how sure is that?": "SELECT coalesce(person, speaker) "
    "AS who, confidence, sum(talk_ms) // 1000 AS seconds FROM talk_time JOIN people USING (date, recording_key, "
    "speaker) GROUP BY ALL ORDER BY seconds DESC LIMIT 20",
    "Who holds the longest monologues?": "SELECT date, topic, speaker, longest_turn_ms // 1000 AS seconds, "
    "round(words_per_minute) AS words_per_minute FROM talk_time ORDER BY longest_turn_ms DESC NULLS LAST LIMIT 10",
    "How much of the meeting time is silence?": "SELECT topic, sum(span_ms) // 60_000 AS minutes, "
    "round(100 * sum(silence_ms) / sum(span_ms)) AS silent_percent FROM meeting_talk WHERE kind = 'transcript' "
    "GROUP BY topic ORDER BY silent_percent DESC LIMIT 10",
    "Who interrupts whom?": "SELECT speaker, other_speaker, count(*) AS times FROM interruptions WHERE is_takeover "
    "GROUP BY ALL ORDER BY times DESC LIMIT 10",
    "What was asked in chat and got no reply there?": "SELECT asked_at, topic, speaker, text FROM questions "
    "WHERE medium = 'chat' AND n_replies = 0 ORDER BY asked_at DESC LIMIT 20",
    "What was being said when something was written?": "SELECT said_at, sender, text, speaker_before, text_before "
    "FROM chat_beside_speech WHERE kind = 'message' ORDER BY said_at DESC LIMIT 20",
    "How many hours a week does each person sit in meetings?": "SELECT week, person, n_meetings, "
    "round(meeting_hours, 1) AS hours FROM meeting_load ORDER BY week DESC, meeting_hours DESC LIMIT 20",
    "Which meetings have no transcript, and why?": "SELECT date, source, topic, reason FROM missing_transcripts "
    "ORDER BY date DESC, source LIMIT 20",
    "How many recordings have a transcript, and how late does it come?": "SELECT source, sum(n_transcripts) AS "
    "transcripts, sum(n_recordings) AS recordings, round(median(median_lag_ms) / 60_000) AS lag_minutes "
    "FROM transcript_coverage GROUP BY source ORDER BY source",
}
"""Question -> one SELECT."""
