"""The DuckDB views over chat beside speech, and what was asked in either.

Decides what a question is: text that ends with a question mark (`?`, the full-width, Arabic or Greek one; a semicolon
after Greek letters), quotes and brackets after it aside. What has no absolute time is there without one. Never
runs SQL.
"""

from __future__ import annotations

from schemas.speech_views import CHOSEN, MEETING
from schemas.table import MS, TIME, Disguise, code, maybe
from schemas.view import View, borrow, shown

# Most texts hold no such mark, and to look for one costs a tenth of the pattern.
_IS_QUESTION = r"""(contains({text}, '?') OR contains({text}, ';') OR contains({text}, chr(65311))
        OR contains({text}, chr(1567)) OR contains({text}, chr(894)))
    AND regexp_matches({text}, '([?\x{{FF1F}}\x{{61F}}\x{{37E}}]|\p{{Greek}}\s*;)[\s"''\)\]\p{{Pf}}\p{{Pe}}]*$')"""

_MEETING_STREAM = """\
SELECT date, source, recording_key, topic, start_at AS said_at,
    'speech' AS medium, kind, speaker, NULL AS recipient, text, NULL AS reply_to, NULL AS reaction, transcript_key,
    segment_index, NULL AS message_index
FROM transcript
UNION ALL
SELECT m.date, m.source, m.recording_key, r.topic, m.sent_at, 'chat', m.kind, m.sender, m.recipient, m.text,
    m.reply_to, m.reaction, NULL, NULL, m.message_index
FROM chat_messages m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key"""

# The lines that are sorted by time are numbers only; what they say is looked up in one go for those that are found.
_CHAT_BESIDE_SPEECH = f"""\
WITH {CHOSEN},
lanes AS (SELECT date, recording_key, min(place) AS lane FROM chosen GROUP BY date, recording_key),
lines AS (
    SELECT s.date, l.lane, c.place, s.segment_index, s.start_at
    FROM corrected_segments s
    JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    JOIN lanes l ON l.date = c.date AND l.recording_key = c.recording_key
    WHERE s.start_at IS NOT NULL),
texts AS (
    SELECT s.date, c.place, s.segment_index, s.speaker, s.text
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key),
messages AS (
    SELECT m.*, r.topic, l.lane
    FROM chat_messages m
    JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key
    LEFT JOIN lanes l ON l.date = m.date AND l.recording_key = m.recording_key),
placed AS (
    SELECT m.*, b.place, b.segment_index, b.start_at, unnest([0, 1]) AS step
    FROM messages m ASOF LEFT JOIN lines b ON b.date = m.date AND b.lane = m.lane AND b.start_at <= m.sent_at)
SELECT m.date, m.source, m.recording_key, m.topic, m.message_index, m.sent_at AS said_at, m.sender, m.recipient, m.kind,
    m.text, any_value(s.speaker) FILTER (m.step = 0) AS speaker_before,
    any_value(s.text) FILTER (m.step = 0) AS text_before,
    epoch_ms(m.sent_at) - epoch_ms(m.start_at) AS before_ms,
    any_value(s.speaker) FILTER (m.step = 1) AS speaker_after, any_value(s.text) FILTER (m.step = 1) AS text_after,
    c.transcript_key, m.segment_index
FROM placed m
LEFT JOIN chosen c ON c.date = m.date AND c.place = m.place
LEFT JOIN texts s ON s.date = m.date AND s.place = m.place AND s.segment_index = m.segment_index + m.step
GROUP BY m.date, m.source, m.recording_key, m.topic, m.message_index, m.sent_at, m.sender, m.recipient, m.kind, m.text,
    m.start_at, c.transcript_key, m.segment_index"""

_QUESTIONS = f"""\
WITH replies AS (
    SELECT date, recording_key, message_index, regexp_replace(reply_to, '\\s*(\\.\\.\\.|…)$', '') AS quote,
        regexp_matches(reply_to, '(\\.\\.\\.|…)$') AS is_cut
    FROM chat_messages WHERE kind = 'reply' AND reply_to IS NOT NULL),
asked AS (
    SELECT m.*, r.topic, m.sent_at AS asked_at
    FROM chat_messages m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key
    WHERE m.kind <> 'reaction' AND {_IS_QUESTION.format(text="m.text")}),
answered AS (
    SELECT a.date, a.recording_key, a.message_index, count(*) AS n_replies
    FROM asked a JOIN replies q ON q.date = a.date AND q.recording_key = a.recording_key
        AND q.message_index > a.message_index
        AND CASE WHEN q.is_cut THEN starts_with(a.text, q.quote) ELSE a.text = q.quote END
    GROUP BY a.date, a.recording_key, a.message_index)
SELECT date, source, recording_key, topic, start_at AS asked_at,
    'speech' AS medium, speaker, text, NULL::BIGINT AS n_replies, transcript_key, segment_index,
    NULL::INTEGER AS message_index
FROM transcript
WHERE {_IS_QUESTION.format(text="text")}
UNION ALL
SELECT a.date, a.source, a.recording_key, a.topic, a.asked_at, 'chat', a.sender, a.text, coalesce(n.n_replies, 0),
    NULL, NULL, a.message_index
FROM asked a
LEFT JOIN answered n
    ON n.date = a.date AND n.recording_key = a.recording_key AND n.message_index = a.message_index"""

_WHO = shown("speaker", "Who said or wrote it, as corrected")
_MEDIUM = code("medium", "speech or chat")

CHAT_VIEWS = (
    View(
        "meeting_stream",
        "speech and chat of a meeting in one stream, to be ordered by said_at",
        "SELECT said_at, medium, speaker, text FROM meeting_stream WHERE date = '2026-11-23' "
        "ORDER BY recording_key, said_at",
        (
            *MEETING,
            maybe("said_at", TIME, "When it was begun to be said, or was sent", "UTC"),
            _MEDIUM,
            code("kind", "transcript or captions of speech; message, reply or reaction of chat"),
            _WHO,
            *borrow("chat_messages", "recipient"),
            shown("text", "What was said or written", Disguise.KEPT),
            *borrow("chat_messages", "reply_to", "reaction"),
            *borrow("segments", "transcript_key", "segment_index"),
            *borrow("chat_messages", "message_index"),
        ),
        _MEETING_STREAM,
    ),
    View(
        "chat_beside_speech",
        "each chat message with the segment that had begun last when it was sent, and the one after that in the file",
        "SELECT sender, text, speaker_before, text_before FROM chat_beside_speech WHERE date = '2026-11-23'",
        (
            *MEETING,
            *borrow("chat_messages", "message_index"),
            maybe("said_at", TIME, "When it was sent", "UTC"),
            *borrow("chat_messages", "sender", "recipient", "kind", "text"),
            shown("speaker_before", "Who was speaking, or had spoken last"),
            shown("text_before", "What that was", Disguise.KEPT),
            maybe("before_ms", MS, "How long before the message that had begun", "ms"),
            shown("speaker_after", "Who spoke next"),
            shown("text_after", "What that was", Disguise.KEPT),
            *borrow("segments", "transcript_key", "segment_index"),
        ),
        _CHAT_BESIDE_SPEECH,
    ),
    View(
        "questions",
        "what ends with a question mark, said or written; n_replies counts the replies in chat that quote it, and is "
        "null for speech",
        "SELECT asked_at, speaker, text FROM questions WHERE medium = 'speech' AND date = '2026-11-23' ORDER BY ALL",
        (
            *MEETING,
            maybe("asked_at", TIME, "When it was asked", "UTC"),
            _MEDIUM,
            _WHO,
            shown("text", "The segment or message", Disguise.KEPT),
            maybe("n_replies", MS, "Later replies in chat that quote it"),
            *borrow("segments", "transcript_key", "segment_index"),
            *borrow("chat_messages", "message_index"),
        ),
        _QUESTIONS,
    ),
)
