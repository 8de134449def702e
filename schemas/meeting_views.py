r"""The DuckDB views over one meeting that several sources saw: its best transcript, who saw what, how well they agree.

Decides what is one meeting, which of its transcripts is read, and how two of them are compared. Never runs SQL. Clocks
of sources are compared and no time is ever moved by it. A condition on `date` reaches the files of segments and words;
what is one meeting is looked up in the small tables of all days, as a bot's day need not be Zoom's.

Words are compared in small letters, without apostrophes and whatever else is no letter, mark or digit. Han and kana,
which are written without blanks, count a word a character.
"""

from __future__ import annotations

from schemas.correction_views import CORRECTED, SPEAKER
from schemas.table import MS, TEXT, maybe
from schemas.view import DAY, View, borrow

MEETING_KEY = maybe("meeting_key", TEXT, "UUID of Zoom's meeting, or the recording's own key where none is known")


def words_of(text: str) -> str:
    plain = rf"nfc_normalize(lower(regexp_replace({text}, '[''\x{{2019}}\x{{2BC}}]', '', 'g')))"
    apart = rf"regexp_replace({plain}, '([\p{{Han}}\p{{Hiragana}}\p{{Katakana}}])', ' \1 ', 'g')"
    return rf"regexp_extract_all({apart}, '[\p{{L}}\p{{M}}\p{{N}}]+')"


# A link has the last word on a bot's recording, also where it says that none can be told. Without one, as long as links
# are not made, the recording's own UUID counts.
SEEN = """\
seen AS (
    SELECT r.*, l.match_method, l.reason, l.match_overlap_ms,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
hosted AS (
    SELECT meeting_uuid AS meeting_key, min(meeting_id) AS meeting_id, min(topic) AS topic
    FROM recordings WHERE source = 'zoom' AND meeting_uuid IS NOT NULL GROUP BY meeting_uuid)"""

# What a recording offers: all parts of its transcript, or of its captions where it has no transcript.
SPOKEN = """\
spoken AS (
    SELECT date, recording_key, transcript_key, kind, n_segments, n_words
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key))"""

# Each bot's recording beside Zoom's of the same meeting, and what was said in both; `date` is the bot's throughout.
PAIRS = """\
pairs AS (
    SELECT b.date, b.recording_key, b.source, b.meeting_key, coalesce(z.topic, b.topic) AS topic,
        z.date AS zoom_date, z.recording_key AS zoom_recording_key
    FROM seen b
    JOIN recordings z ON z.meeting_uuid = b.meeting_key AND z.source = 'zoom'
    WHERE b.source <> 'zoom'),
said AS (
    SELECT p.date, p.recording_key, p.zoom_recording_key, false AS is_zoom, s.* EXCLUDE (date, recording_key)
    FROM pairs p
    JOIN spoken t ON t.date = p.date AND t.recording_key = p.recording_key
    JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key
    UNION ALL
    SELECT p.date, p.recording_key, p.zoom_recording_key, true, s.* EXCLUDE (date, recording_key)
    FROM pairs p
    JOIN spoken t ON t.date = p.zoom_date AND t.recording_key = p.zoom_recording_key
    JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key)"""

# n_words is 0 where a source has no words of its own, so the length of the text says who heard more. Segments are read
# for it only where several bots have equal rights.
_BEST_SEGMENTS = f"""\
WITH {SEEN},
{SPOKEN},
candidates AS (
    SELECT t.*, r.meeting_key, r.topic
    FROM spoken t JOIN seen r ON r.date = t.date AND r.recording_key = t.recording_key
    QUALIFY rank() OVER (PARTITION BY r.meeting_key ORDER BY t.kind = 'transcript' DESC, r.source = 'zoom' DESC) = 1),
rivals AS (
    SELECT date, recording_key, transcript_key FROM candidates
    WINDOW meeting AS (PARTITION BY meeting_key)
    QUALIFY min(recording_key) OVER meeting <> max(recording_key) OVER meeting),
rated AS (
    SELECT c.date, c.recording_key, avg((s.speaker_kind = 'named')::INTEGER) AS named_share,
        sum(length(s.text)) AS n_letters
    FROM rivals c JOIN segments s ON s.date = c.date AND s.transcript_key = c.transcript_key
    GROUP BY c.date, c.recording_key),
chosen AS (
    SELECT c.date, c.transcript_key, c.meeting_key, coalesce(h.topic, c.topic) AS topic
    FROM candidates c
    LEFT JOIN rated n ON n.date = c.date AND n.recording_key = c.recording_key
    LEFT JOIN hosted h ON h.meeting_key = c.meeting_key
    QUALIFY rank() OVER (
        PARTITION BY c.meeting_key ORDER BY n.named_share DESC, n.n_letters DESC, c.recording_key, c.date) = 1)
SELECT s.date, c.meeting_key, c.topic, s.recording_key, s.source, s.transcript_key, s.segment_index, s.kind,
    s.start_at, s.end_at, s.start_ms, s.end_ms, s.speaker, s.speaker_kind, s.text, s.language, s.n_words,
    s.is_corrected
FROM corrected_segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key"""

# The offset is the median over pairs of segments of at least three words, and of the same words, that lie within ten
# minutes of each other, where neither side says them again within ten minutes; null where fewer than three pairs are
# left. Besides the clocks it holds what differs in how two recognisers cut and time their segments.
_MEETING_SOURCES = f"""\
WITH {SEEN},
{SPOKEN},
{PAIRS},
sentences AS (
    SELECT date, recording_key, zoom_recording_key, is_zoom, epoch_ms(start_at) AS at_ms,
        {words_of("text")} AS words
    FROM said WHERE start_at IS NOT NULL),
unrepeated AS (
    SELECT * FROM sentences WHERE len(words) >= 3
    WINDOW same AS (PARTITION BY date, recording_key, zoom_recording_key, is_zoom, words ORDER BY at_ms)
    QUALIFY coalesce(at_ms - lag(at_ms) OVER same > 600_000, true)
        AND coalesce(lead(at_ms) OVER same - at_ms > 600_000, true)),
met AS (
    SELECT b.date, b.recording_key, b.at_ms - z.at_ms AS apart_ms
    FROM unrepeated b
    JOIN unrepeated z ON z.date = b.date AND z.recording_key = b.recording_key
        AND z.zoom_recording_key = b.zoom_recording_key AND z.words = b.words
    WHERE z.is_zoom AND NOT b.is_zoom AND abs(b.at_ms - z.at_ms) <= 600_000
    QUALIFY count(*) OVER (PARTITION BY b.date, b.recording_key, b.words, b.at_ms) = 1
        AND count(*) OVER (PARTITION BY b.date, b.recording_key, z.zoom_recording_key, z.words, z.at_ms) = 1),
offsets AS (
    SELECT date, recording_key, median(apart_ms)::BIGINT AS clock_offset_ms
    FROM met GROUP BY date, recording_key HAVING count(*) >= 3),
lengths AS (
    SELECT date, recording_key, sum(n_segments)::BIGINT AS n_segments, sum(n_words)::BIGINT AS n_words
    FROM spoken GROUP BY date, recording_key)
SELECT r.date, r.meeting_key, coalesce(h.meeting_id, r.meeting_id) AS meeting_id, coalesce(h.topic, r.topic) AS topic,
    r.recording_key, r.source, r.started_at, r.ended_at, r.time_base, r.transcript_status,
    coalesce(n.n_segments, 0) AS n_segments, coalesce(n.n_words, 0) AS n_words,
    r.match_method, r.reason, r.match_overlap_ms AS overlap_ms, o.clock_offset_ms
FROM seen r
LEFT JOIN hosted h ON h.meeting_key = r.meeting_key
LEFT JOIN lengths n ON n.date = r.date AND n.recording_key = r.recording_key
LEFT JOIN offsets o ON o.date = r.date AND o.recording_key = r.recording_key"""

MEETING_VIEWS = (
    View(
        "best_segments",
        "the segments of one transcript per meeting: Zoom's, else a bot's, else captions; of several "
        "bots' the one with the larger share of named speakers, then with more text; with corrections applied",
        "SELECT start_at, speaker, text FROM best_segments WHERE date = '2026-11-23' ORDER BY meeting_key, start_at",
        (
            DAY,
            MEETING_KEY,
            *borrow("recordings", "topic"),
            *borrow("segments", "recording_key", "source", "transcript_key", "segment_index", "kind"),
            *borrow("segments", "start_at", "end_at", "start_ms", "end_ms"),
            SPEAKER,
            *borrow("segments", "speaker_kind", "text", "language", "n_words"),
            CORRECTED,
        ),
        _BEST_SEGMENTS,
    ),
    View(
        "meeting_sources",
        "who saw what, one row per recording; clock_offset_ms is how much later a bot's clock says the "
        "same sentences than Zoom's, a measure by which no time is moved",
        "SELECT topic, source, transcript_status, clock_offset_ms FROM meeting_sources WHERE date = '2026-11-23'",
        (
            DAY,
            MEETING_KEY,
            *borrow("recordings", "meeting_id", "topic", "recording_key", "source", "started_at", "ended_at"),
            *borrow("recordings", "time_base", "transcript_status"),
            maybe("n_segments", MS, "Segments of what it offers: its transcript, else its captions"),
            maybe("n_words", MS, "Words in them; 0 where a bot's source gives none"),
            *borrow("recording_links", "match_method", "reason"),
            maybe("overlap_ms", MS, "How long it and Zoom recorded at once", "ms"),
            maybe("clock_offset_ms", MS, "How much later its clock says the same sentences than Zoom's", "ms"),
        ),
        _MEETING_SOURCES,
    ),
)
