-- Views over the lake, for DuckDB. In the lake's folder: duckdb -init views.sql
-- From elsewhere: SET VARIABLE lake = '/path/to/lake'; and then read this file.
SET TimeZone = 'UTC';
SET VARIABLE lake = coalesce(getvariable('lake'), '.');

SET VARIABLE has_recordings = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/recordings/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW recordings AS SELECT
    date, recording_key, source, native_id, platform, meeting_id, meeting_uuid, topic, host_id, host_email,
    started_at, ended_at, duration_ms, timezone, time_base, status, end_reason, transcript_status, n_files,
    extra, first_seen_at, payload_sha256, parser_version, gone_at, gone_by
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source,
        NULL::VARCHAR AS native_id, NULL::VARCHAR AS platform, NULL::VARCHAR AS meeting_id,
        NULL::VARCHAR AS meeting_uuid, NULL::VARCHAR AS topic, NULL::VARCHAR AS host_id,
        NULL::VARCHAR AS host_email, NULL::TIMESTAMPTZ AS started_at, NULL::TIMESTAMPTZ AS ended_at,
        NULL::BIGINT AS duration_ms, NULL::VARCHAR AS timezone, NULL::VARCHAR AS time_base,
        NULL::VARCHAR AS status, NULL::VARCHAR AS end_reason, NULL::VARCHAR AS transcript_status,
        NULL::INTEGER AS n_files, NULL::VARCHAR AS extra, NULL::TIMESTAMPTZ AS first_seen_at,
        NULL::VARCHAR AS payload_sha256, NULL::VARCHAR AS parser_version, NULL::TIMESTAMPTZ AS gone_at,
        NULL::VARCHAR AS gone_by WHERE false'
    || CASE WHEN getvariable('has_recordings') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/recordings/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_files = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/files/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW files AS SELECT
    date, recording_key, file_key, source, kind, file_type, recording_type, file_extension, part_index,
    recording_start_at, recording_end_at, listed_bytes, size_bytes, sha256, archive_path, status, error,
    archived_at, gone_at
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS file_key,
        NULL::VARCHAR AS source, NULL::VARCHAR AS kind, NULL::VARCHAR AS file_type,
        NULL::VARCHAR AS recording_type, NULL::VARCHAR AS file_extension, NULL::INTEGER AS part_index,
        NULL::TIMESTAMPTZ AS recording_start_at, NULL::TIMESTAMPTZ AS recording_end_at,
        NULL::BIGINT AS listed_bytes, NULL::BIGINT AS size_bytes, NULL::VARCHAR AS sha256,
        NULL::VARCHAR AS archive_path, NULL::VARCHAR AS status, NULL::VARCHAR AS error,
        NULL::TIMESTAMPTZ AS archived_at, NULL::TIMESTAMPTZ AS gone_at WHERE false'
    || CASE WHEN getvariable('has_files') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/files/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_transcripts = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/transcripts/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW transcripts AS SELECT
    date, transcript_key, recording_key, source, file_key, kind, provider, language, t0_at, n_segments,
    n_speakers, n_words, rejected_cues, is_current, payload_sha256, parser_version, made_at
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::VARCHAR AS recording_key,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS kind, NULL::VARCHAR AS provider,
        NULL::VARCHAR AS language, NULL::TIMESTAMPTZ AS t0_at, NULL::INTEGER AS n_segments,
        NULL::INTEGER AS n_speakers, NULL::INTEGER AS n_words, NULL::INTEGER AS rejected_cues,
        NULL::BOOLEAN AS is_current, NULL::VARCHAR AS payload_sha256, NULL::VARCHAR AS parser_version,
        NULL::TIMESTAMPTZ AS made_at WHERE false'
    || CASE WHEN getvariable('has_transcripts') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/transcripts/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_segments = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/segments/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW segments AS SELECT
    date, transcript_key, segment_index, recording_key, source, meeting_id, kind, source_segment_id, start_ms,
    end_ms, start_at, end_at, speaker_label, speaker_name, speaker_kind, speaker_source, speaker_share, text,
    language, confidence, channel, n_words, time_flag
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS segment_index,
        NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source, NULL::VARCHAR AS meeting_id,
        NULL::VARCHAR AS kind, NULL::VARCHAR AS source_segment_id, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS speaker_label, NULL::VARCHAR AS speaker_name, NULL::VARCHAR AS speaker_kind,
        NULL::VARCHAR AS speaker_source, NULL::FLOAT AS speaker_share, NULL::VARCHAR AS text,
        NULL::VARCHAR AS language, NULL::FLOAT AS confidence, NULL::INTEGER AS channel,
        NULL::INTEGER AS n_words, NULL::VARCHAR AS time_flag WHERE false'
    || CASE WHEN getvariable('has_segments') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/segments/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_turns = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/turns/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW turns AS SELECT
    date, transcript_key, turn_index, recording_key, source, first_segment, last_segment, n_segments,
    start_ms, end_ms, start_at, end_at, speaker_label, speaker_name, text
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS turn_index,
        NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source, NULL::INTEGER AS first_segment,
        NULL::INTEGER AS last_segment, NULL::INTEGER AS n_segments, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS speaker_label, NULL::VARCHAR AS speaker_name, NULL::VARCHAR AS text WHERE false'
    || CASE WHEN getvariable('has_turns') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/turns/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_words = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/words/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW words AS SELECT
    date, transcript_key, segment_index, word_index, recording_key, source, text, start_ms, end_ms,
    confidence, speaker_label
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS segment_index,
        NULL::INTEGER AS word_index, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source,
        NULL::VARCHAR AS text, NULL::BIGINT AS start_ms, NULL::BIGINT AS end_ms, NULL::FLOAT AS confidence,
        NULL::VARCHAR AS speaker_label WHERE false'
    || CASE WHEN getvariable('has_words') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/words/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_participants = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/participants/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW participants AS SELECT
    date, recording_key, participant_key, source, native_id, user_id, name, email, is_host, is_bot, joined_at,
    left_at, device_kind, parent_key
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS participant_key,
        NULL::VARCHAR AS source, NULL::VARCHAR AS native_id, NULL::VARCHAR AS user_id, NULL::VARCHAR AS name,
        NULL::VARCHAR AS email, NULL::BOOLEAN AS is_host, NULL::BOOLEAN AS is_bot,
        NULL::TIMESTAMPTZ AS joined_at, NULL::TIMESTAMPTZ AS left_at, NULL::VARCHAR AS device_kind,
        NULL::VARCHAR AS parent_key WHERE false'
    || CASE WHEN getvariable('has_participants') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/participants/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_chat_messages = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/chat_messages/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW chat_messages AS SELECT
    date, recording_key, message_index, source, sent_at, offset_ms, sender, recipient, text, kind, reply_to,
    file_key, reaction, is_removed, clock_time, raw_text
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS message_index,
        NULL::VARCHAR AS source, NULL::TIMESTAMPTZ AS sent_at, NULL::BIGINT AS offset_ms,
        NULL::VARCHAR AS sender, NULL::VARCHAR AS recipient, NULL::VARCHAR AS text, NULL::VARCHAR AS kind,
        NULL::VARCHAR AS reply_to, NULL::VARCHAR AS file_key, NULL::VARCHAR AS reaction,
        NULL::BOOLEAN AS is_removed, NULL::VARCHAR AS clock_time, NULL::VARCHAR AS raw_text WHERE false'
    || CASE WHEN getvariable('has_chat_messages') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/chat_messages/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_speaker_activity = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/speaker_activity/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW speaker_activity AS SELECT
    date, recording_key, activity_index, source, part_index, start_ms, end_ms, start_at, end_at, user_id,
    zoom_user_id, username, n_active, file_key, n_entries, email, several_people
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS activity_index,
        NULL::VARCHAR AS source, NULL::INTEGER AS part_index, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS user_id, NULL::VARCHAR AS zoom_user_id, NULL::VARCHAR AS username,
        NULL::INTEGER AS n_active, NULL::VARCHAR AS file_key, NULL::INTEGER AS n_entries,
        NULL::VARCHAR AS email, NULL::BOOLEAN AS several_people WHERE false'
    || CASE WHEN getvariable('has_speaker_activity') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/speaker_activity/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_summaries = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/summaries/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW summaries AS SELECT
    date, recording_key, summary_index, source, file_key, kind, start_ms, end_ms, start_at, end_at, title,
    text, short_text, raw
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS summary_index,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS kind, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS title, NULL::VARCHAR AS text, NULL::VARCHAR AS short_text, NULL::VARCHAR AS raw WHERE false'
    || CASE WHEN getvariable('has_summaries') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/summaries/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_poll_answers = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/poll_answers/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW poll_answers AS SELECT
    date, recording_key, answer_index, source, file_key, poll, answered_at, respondent, email, question,
    answer, raw
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS answer_index,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS poll,
        NULL::TIMESTAMPTZ AS answered_at, NULL::VARCHAR AS respondent, NULL::VARCHAR AS email,
        NULL::VARCHAR AS question, NULL::VARCHAR AS answer, NULL::VARCHAR AS raw WHERE false'
    || CASE WHEN getvariable('has_poll_answers') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/poll_answers/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_coverage = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/coverage/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW coverage AS SELECT
    date, source, recordings_listed, files_listed, files_archived, transcripts_available, transcripts_pending,
    gaps, awaited_since, last_archived_at
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS source, NULL::INTEGER AS recordings_listed,
        NULL::INTEGER AS files_listed, NULL::INTEGER AS files_archived,
        NULL::INTEGER AS transcripts_available, NULL::INTEGER AS transcripts_pending, NULL::INTEGER AS gaps,
        NULL::TIMESTAMPTZ AS awaited_since, NULL::TIMESTAMPTZ AS last_archived_at WHERE false'
    || CASE WHEN getvariable('has_coverage') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/coverage/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

SET VARIABLE has_recording_links = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/recording_links/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW recording_links AS SELECT
    date, recording_key, source, meeting_uuid, match_method, match_overlap_ms, candidates, matched_at, reason,
    zoom_recording_key
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source,
        NULL::VARCHAR AS meeting_uuid, NULL::VARCHAR AS match_method, NULL::BIGINT AS match_overlap_ms,
        NULL::INTEGER AS candidates, NULL::TIMESTAMPTZ AS matched_at, NULL::VARCHAR AS reason,
        NULL::VARCHAR AS zoom_recording_key WHERE false'
    || CASE WHEN getvariable('has_recording_links') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/recording_links/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW transcript AS
WITH chosen AS (
    SELECT date, recording_key, transcript_key FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key))
SELECT s.date, s.source, r.topic, r.started_at, s.start_at, s.start_ms, s.end_ms,
    coalesce(s.speaker_name, s.speaker_label) AS speaker, s.text, s.language, s.n_words, s.kind,
    s.recording_key, s.transcript_key, s.segment_index
FROM segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
JOIN recordings r ON r.date = s.date AND r.recording_key = s.recording_key;

CREATE OR REPLACE TEMP VIEW talk_time AS
SELECT date, source, recording_key, topic, speaker,
    sum(greatest(end_ms - start_ms, 0))::BIGINT AS talk_ms,
    count(*) AS n_segments, sum(n_words)::BIGINT AS n_words
FROM transcript
GROUP BY date, source, recording_key, topic, speaker;

CREATE OR REPLACE TEMP VIEW best_segments AS
WITH seen AS (
    SELECT r.*, l.match_method, l.reason, l.match_overlap_ms,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
hosted AS (
    SELECT meeting_uuid AS meeting_key, min(meeting_id) AS meeting_id, min(topic) AS topic
    FROM recordings WHERE source = 'zoom' AND meeting_uuid IS NOT NULL GROUP BY meeting_uuid),
spoken AS (
    SELECT date, recording_key, transcript_key, kind, n_segments, n_words
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
    s.start_at, s.end_at, s.start_ms, s.end_ms, coalesce(s.speaker_name, s.speaker_label) AS speaker,
    s.speaker_kind, s.text, s.language, s.n_words
FROM segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key;

CREATE OR REPLACE TEMP VIEW meeting_sources AS
WITH seen AS (
    SELECT r.*, l.match_method, l.reason, l.match_overlap_ms,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
hosted AS (
    SELECT meeting_uuid AS meeting_key, min(meeting_id) AS meeting_id, min(topic) AS topic
    FROM recordings WHERE source = 'zoom' AND meeting_uuid IS NOT NULL GROUP BY meeting_uuid),
spoken AS (
    SELECT date, recording_key, transcript_key, kind, n_segments, n_words
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
    JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key),
sentences AS (
    SELECT date, recording_key, zoom_recording_key, is_zoom, epoch_ms(start_at) AS at_ms,
        regexp_extract_all(regexp_replace(nfc_normalize(lower(regexp_replace(text, '[''\x{2019}\x{2BC}]', '', 'g'))), '([\p{Han}\p{Hiragana}\p{Katakana}])', ' \1 ', 'g'), '[\p{L}\p{M}\p{N}]+') AS words
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
LEFT JOIN offsets o ON o.date = r.date AND o.recording_key = r.recording_key;

CREATE OR REPLACE TEMP VIEW agreement AS
WITH seen AS (
    SELECT r.*, l.match_method, l.reason, l.match_overlap_ms,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
hosted AS (
    SELECT meeting_uuid AS meeting_key, min(meeting_id) AS meeting_id, min(topic) AS topic
    FROM recordings WHERE source = 'zoom' AND meeting_uuid IS NOT NULL GROUP BY meeting_uuid),
spoken AS (
    SELECT date, recording_key, transcript_key, kind, n_segments, n_words
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
    JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key),
heard AS (
    SELECT s.date, s.recording_key, s.zoom_recording_key, s.is_zoom,
        epoch_ms(s.start_at) + coalesce(w.start_ms - s.start_ms, 0) AS at_ms,
        CASE WHEN w.text IS NULL THEN epoch_ms(s.end_at) - epoch_ms(s.start_at) ELSE 0 END AS length_ms,
        regexp_extract_all(regexp_replace(nfc_normalize(lower(regexp_replace(coalesce(w.text, s.text), '[''\x{2019}\x{2BC}]', '', 'g'))), '([\p{Han}\p{Hiragana}\p{Katakana}])', ' \1 ', 'g'), '[\p{L}\p{M}\p{N}]+') AS words
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
        coalesce(nullif(array_to_string(regexp_extract_all(regexp_replace(nfc_normalize(lower(regexp_replace(speaker_name, '[''\x{2019}\x{2BC}]', '', 'g'))), '([\p{Han}\p{Hiragana}\p{Katakana}])', ' \1 ', 'g'), '[\p{L}\p{M}\p{N}]+'), ' '), ''), speaker_name) AS name
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
LEFT JOIN speakers USING (date, recording_key, zoom_recording_key);
