"""The DuckDB view over how well two sources agree on one meeting: their words, speakers and speech.

Decides which words of two transcripts are the same. Never runs SQL. What is compared are the raw rows: corrections say
nothing of what a source heard.
"""

from __future__ import annotations

from schemas.meeting_views import MEETING_KEY, PAIRS, SEEN, SPOKEN, words_of
from schemas.table import MS, TEXT, maybe
from schemas.view import DAY, NUMBER, View, borrow

# A word lies in the ten seconds in which it starts: by its own time where a bot gives one, else spread evenly over its
# segment, which is taken to last 0.4 s a word where it has no end. Equal words of both sides are paired within the same
# ten seconds first, then what is left of Zoom's with what is left of the bot's in the next ten, then in the ten before;
# no word is paired twice. word_agreement is the share of all words of both that have been paired, so what only one of
# them heard counts against it. Speech without an absolute time cannot be compared and is not counted. Unrelated talk
# agrees in its frequent words, too.
_AGREEMENT = f"""\
WITH {SEEN},
{SPOKEN},
{PAIRS},
heard AS (
    SELECT s.date, s.recording_key, s.zoom_recording_key, s.is_zoom,
        epoch_ms(s.start_at) + coalesce(w.start_ms - s.start_ms, 0) AS at_ms,
        CASE WHEN w.text IS NULL THEN epoch_ms(s.end_at) - epoch_ms(s.start_at) ELSE 0 END AS length_ms,
        {words_of("coalesce(w.text, s.text)")} AS words
    FROM said s
    LEFT JOIN words w ON w.date = s.date AND w.transcript_key = s.transcript_key
        AND w.segment_index = s.segment_index
    WHERE s.start_at IS NOT NULL),
placed AS (
    SELECT date, recording_key, zoom_recording_key, is_zoom, at_ms, len(words) AS n_words,
        CASE WHEN length_ms IS NULL THEN 400 * len(words) ELSE greatest(length_ms, 0) END AS length_ms,
        unnest(words) AS word, generate_subscripts(words, 1) - 1 AS place
    FROM heard),
counted AS (
    SELECT date, recording_key, zoom_recording_key, word, (at_ms + length_ms * place // n_words) // 10_000 AS bucket,
        count(*) FILTER (is_zoom) AS n_zoom, count(*) FILTER (NOT is_zoom) AS n_bot
    FROM placed GROUP BY ALL),
paired_here AS (
    SELECT *, least(n_zoom, n_bot) AS n_here, n_zoom - n_here AS zoom_left, n_bot - n_here AS bot_left FROM counted),
paired_next AS (
    SELECT *, CASE WHEN lead(bucket) OVER word = bucket + 1 THEN least(zoom_left, lead(bot_left) OVER word) ELSE 0 END
            AS n_next
    FROM paired_here
    WINDOW word AS (PARTITION BY date, recording_key, zoom_recording_key, word ORDER BY bucket)),
bot_rests AS (
    SELECT *, bot_left - CASE WHEN lag(bucket) OVER word = bucket - 1 THEN lag(n_next) OVER word ELSE 0 END AS bot_rest
    FROM paired_next
    WINDOW word AS (PARTITION BY date, recording_key, zoom_recording_key, word ORDER BY bucket)),
paired AS (
    SELECT *, n_here + n_next + CASE WHEN lag(bucket) OVER word = bucket - 1
        THEN least(zoom_left - n_next, lag(bot_rest) OVER word) ELSE 0 END AS n_agreed
    FROM bot_rests
    WINDOW word AS (PARTITION BY date, recording_key, zoom_recording_key, word ORDER BY bucket)),
spoken_words AS (
    SELECT date, recording_key, zoom_recording_key, sum(n_zoom)::BIGINT AS n_words_zoom,
        sum(n_bot)::BIGINT AS n_words_bot, sum(n_agreed)::BIGINT AS words_agreed
    FROM paired GROUP BY ALL),
people AS (
    SELECT date, recording_key, zoom_recording_key, bool_or(is_zoom) AS in_zoom, bool_or(NOT is_zoom) AS in_bot,
        coalesce(nullif(array_to_string({words_of("speaker_name")}, ' '), ''), speaker_name) AS name
    FROM said WHERE speaker_kind = 'named' GROUP BY ALL),
speakers AS (
    SELECT date, recording_key, zoom_recording_key, count(*) FILTER (in_zoom) AS speakers_zoom,
        count(*) FILTER (in_bot) AS speakers_bot, count(*) FILTER (in_zoom AND in_bot) AS speakers_agreed
    FROM people GROUP BY ALL),
speech AS (
    SELECT date, recording_key, zoom_recording_key,
        sum(end_ms - start_ms) FILTER (is_zoom AND end_ms >= start_ms)::BIGINT AS speech_ms_zoom,
        sum(end_ms - start_ms) FILTER (NOT is_zoom AND end_ms >= start_ms)::BIGINT AS speech_ms_bot
    FROM said GROUP BY ALL
    HAVING bool_or(is_zoom) AND bool_or(NOT is_zoom))
SELECT p.date, p.meeting_key, p.topic, p.recording_key, p.zoom_recording_key, p.source,
    coalesce(n_words_zoom, 0) AS n_words_zoom, coalesce(n_words_bot, 0) AS n_words_bot,
    coalesce(words_agreed, 0) AS words_agreed,
    CASE WHEN n_words_zoom > 0 AND n_words_bot > 0 THEN 2 * words_agreed / (n_words_zoom + n_words_bot) END
        AS word_agreement,
    coalesce(speakers_zoom, 0) AS speakers_zoom, coalesce(speakers_bot, 0) AS speakers_bot,
    coalesce(speakers_agreed, 0) AS speakers_agreed, speech_ms_zoom, speech_ms_bot
FROM pairs p
JOIN speech USING (date, recording_key, zoom_recording_key)
LEFT JOIN spoken_words USING (date, recording_key, zoom_recording_key)
LEFT JOIN speakers USING (date, recording_key, zoom_recording_key)"""

AGREEMENT_VIEWS = (
    View(
        "agreement",
        "how far a bot's transcript and Zoom's of the same meeting have the same words at the same time, to "
        "about ten seconds, and the same named speakers",
        "SELECT source, avg(word_agreement) FROM agreement WHERE date >= '2026-11-01' GROUP BY source",
        (
            DAY,
            MEETING_KEY,
            *borrow("recordings", "topic"),
            maybe("recording_key", TEXT, "The bot's recording"),
            maybe("zoom_recording_key", TEXT, "Zoom's recording of the same meeting"),
            *borrow("recordings", "source"),
            maybe("n_words_zoom", MS, "Words in Zoom's transcript, as compared"),
            maybe("n_words_bot", MS, "Words in the bot's"),
            maybe("words_agreed", MS, "Pairs of equal words at the same time"),
            maybe("word_agreement", NUMBER, "Share of all words of both that are paired", "0..1"),
            maybe("speakers_zoom", MS, "Named speakers in Zoom's"),
            maybe("speakers_bot", MS, "Named speakers in the bot's"),
            maybe("speakers_agreed", MS, "Named speakers in both"),
            maybe("speech_ms_zoom", MS, "Speech in Zoom's; null where it has no times", "ms"),
            maybe("speech_ms_bot", MS, "Speech in the bot's; null where it has no times", "ms"),
        ),
        _AGREEMENT,
    ),
)
