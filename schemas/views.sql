-- Views over the lake, for DuckDB. In the lake's folder: duckdb -init views.sql
-- From elsewhere: SET VARIABLE lake = '/path/to/lake'; and then read this file.
-- Of years of files only some days: SET VARIABLE days = 'date=2026-11-2*'; and then read this file, again for others.
SET TimeZone = 'UTC';
SET VARIABLE lake = coalesce(getvariable('lake'), '.');
SET VARIABLE days = coalesce(getvariable('days'), '*');
SET VARIABLE has_recordings = false;
SET VARIABLE has_files = false;
SET VARIABLE has_transcripts = false;
SET VARIABLE has_segments = false;
SET VARIABLE has_turns = false;
SET VARIABLE has_words = false;
SET VARIABLE has_participants = false;
SET VARIABLE has_chat_messages = false;
SET VARIABLE has_speaker_activity = false;
SET VARIABLE has_summaries = false;
SET VARIABLE has_poll_answers = false;
SET VARIABLE has_coverage = false;
SET VARIABLE has_recording_links = false;
SET VARIABLE has_corrections = false;
SET VARIABLE has_aliases = false;

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
    || 'getvariable(''lake'') || ''/recordings/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

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
    || 'getvariable(''lake'') || ''/files/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

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
    || 'getvariable(''lake'') || ''/transcripts/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

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
    || 'getvariable(''lake'') || ''/segments/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW turns AS SELECT
    date, transcript_key, turn_index, recording_key, source, first_segment, last_segment, n_segments,
    start_ms, end_ms, start_at, end_at, speaker_label, speaker_name, text
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS turn_index,
        NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source, NULL::INTEGER AS first_segment,
        NULL::INTEGER AS last_segment, NULL::INTEGER AS n_segments, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS speaker_label, NULL::VARCHAR AS speaker_name, NULL::VARCHAR AS text WHERE false'
    || CASE WHEN getvariable('has_turns') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/turns/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW words AS SELECT
    date, transcript_key, segment_index, word_index, recording_key, source, text, start_ms, end_ms,
    confidence, speaker_label
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS segment_index,
        NULL::INTEGER AS word_index, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source,
        NULL::VARCHAR AS text, NULL::BIGINT AS start_ms, NULL::BIGINT AS end_ms, NULL::FLOAT AS confidence,
        NULL::VARCHAR AS speaker_label WHERE false'
    || CASE WHEN getvariable('has_words') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/words/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW participants AS SELECT
    date, recording_key, participant_key, source, native_id, user_id, name, email, is_host, is_bot, joined_at,
    left_at, device_kind, parent_key
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS participant_key,
        NULL::VARCHAR AS source, NULL::VARCHAR AS native_id, NULL::VARCHAR AS user_id, NULL::VARCHAR AS name,
        NULL::VARCHAR AS email, NULL::BOOLEAN AS is_host, NULL::BOOLEAN AS is_bot,
        NULL::TIMESTAMPTZ AS joined_at, NULL::TIMESTAMPTZ AS left_at, NULL::VARCHAR AS device_kind,
        NULL::VARCHAR AS parent_key WHERE false'
    || CASE WHEN getvariable('has_participants') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/participants/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW chat_messages AS SELECT
    date, recording_key, message_index, source, sent_at, offset_ms, sender, recipient, text, kind, reply_to,
    file_key, reaction, is_removed, clock_time, raw_text
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS message_index,
        NULL::VARCHAR AS source, NULL::TIMESTAMPTZ AS sent_at, NULL::BIGINT AS offset_ms,
        NULL::VARCHAR AS sender, NULL::VARCHAR AS recipient, NULL::VARCHAR AS text, NULL::VARCHAR AS kind,
        NULL::VARCHAR AS reply_to, NULL::VARCHAR AS file_key, NULL::VARCHAR AS reaction,
        NULL::BOOLEAN AS is_removed, NULL::VARCHAR AS clock_time, NULL::VARCHAR AS raw_text WHERE false'
    || CASE WHEN getvariable('has_chat_messages') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/chat_messages/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

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
    || 'getvariable(''lake'') || ''/speaker_activity/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW summaries AS SELECT
    date, recording_key, summary_index, source, file_key, kind, start_ms, end_ms, start_at, end_at, title,
    text, short_text, raw
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS summary_index,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS kind, NULL::BIGINT AS start_ms,
        NULL::BIGINT AS end_ms, NULL::TIMESTAMPTZ AS start_at, NULL::TIMESTAMPTZ AS end_at,
        NULL::VARCHAR AS title, NULL::VARCHAR AS text, NULL::VARCHAR AS short_text, NULL::VARCHAR AS raw WHERE false'
    || CASE WHEN getvariable('has_summaries') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/summaries/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW poll_answers AS SELECT
    date, recording_key, answer_index, source, file_key, poll, answered_at, respondent, email, question,
    answer, raw
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::INTEGER AS answer_index,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS poll,
        NULL::TIMESTAMPTZ AS answered_at, NULL::VARCHAR AS respondent, NULL::VARCHAR AS email,
        NULL::VARCHAR AS question, NULL::VARCHAR AS answer, NULL::VARCHAR AS raw WHERE false'
    || CASE WHEN getvariable('has_poll_answers') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/poll_answers/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW coverage AS SELECT
    date, source, recordings_listed, files_listed, files_archived, transcripts_available, transcripts_pending,
    gaps, awaited_since, last_archived_at
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS source, NULL::INTEGER AS recordings_listed,
        NULL::INTEGER AS files_listed, NULL::INTEGER AS files_archived,
        NULL::INTEGER AS transcripts_available, NULL::INTEGER AS transcripts_pending, NULL::INTEGER AS gaps,
        NULL::TIMESTAMPTZ AS awaited_since, NULL::TIMESTAMPTZ AS last_archived_at WHERE false'
    || CASE WHEN getvariable('has_coverage') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/coverage/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW recording_links AS SELECT
    date, recording_key, source, meeting_uuid, match_method, match_overlap_ms, candidates, matched_at, reason,
    zoom_recording_key
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS recording_key, NULL::VARCHAR AS source,
        NULL::VARCHAR AS meeting_uuid, NULL::VARCHAR AS match_method, NULL::BIGINT AS match_overlap_ms,
        NULL::INTEGER AS candidates, NULL::TIMESTAMPTZ AS matched_at, NULL::VARCHAR AS reason,
        NULL::VARCHAR AS zoom_recording_key WHERE false'
    || CASE WHEN getvariable('has_recording_links') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/recording_links/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {''date'': DATE})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW corrections AS
SELECT
    correction_index, transcript_key, segment_index, speaker_was, speaker, text_was, text, note
FROM query('SELECT NULL::INTEGER AS correction_index, NULL::VARCHAR AS transcript_key, NULL::INTEGER AS segment_index,
        NULL::VARCHAR AS speaker_was, NULL::VARCHAR AS speaker, NULL::VARCHAR AS text_was,
        NULL::VARCHAR AS text, NULL::VARCHAR AS note WHERE false'
    || CASE WHEN getvariable('has_corrections') THEN ' UNION ALL BY NAME SELECT * FROM read_csv('
    || 'getvariable(''lake'') || ''/corrections.csv'', auto_detect = false, header = true, parallel = false, '
    || 'max_line_size = 67_108_864, buffer_size = 67_108_864, delim = '','', quote = ''"'', escape = ''"'', columns = {
        ''correction_index'': ''INTEGER'', ''transcript_key'': ''VARCHAR'', ''segment_index'': ''INTEGER'',
        ''speaker_was'': ''VARCHAR'', ''speaker'': ''VARCHAR'', ''text_was'': ''VARCHAR'',
        ''text'': ''VARCHAR'', ''note'': ''VARCHAR''})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW aliases AS
SELECT
    label, person, email, source, recording_key, note
FROM query('SELECT NULL::VARCHAR AS label, NULL::VARCHAR AS person, NULL::VARCHAR AS email, NULL::VARCHAR AS source,
        NULL::VARCHAR AS recording_key, NULL::VARCHAR AS note WHERE false'
    || CASE WHEN getvariable('has_aliases') THEN ' UNION ALL BY NAME SELECT * FROM read_csv('
    || 'getvariable(''lake'') || ''/aliases.csv'', auto_detect = false, header = true, parallel = false, '
    || 'max_line_size = 67_108_864, buffer_size = 67_108_864, delim = '','', quote = ''"'', escape = ''"'', columns = {
        ''label'': ''VARCHAR'', ''person'': ''VARCHAR'', ''email'': ''VARCHAR'', ''source'': ''VARCHAR'',
        ''recording_key'': ''VARCHAR'', ''note'': ''VARCHAR''})' ELSE '' END);

CREATE OR REPLACE TEMP VIEW corrected_segments AS
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
FROM corrected;

CREATE OR REPLACE TEMP VIEW transcript AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key))
SELECT s.date, s.source, r.topic, r.started_at, s.start_at, s.start_ms, s.end_ms,
    s.speaker, s.text, s.language, s.n_words, s.kind, s.recording_key, s.transcript_key, s.segment_index, s.is_corrected
FROM corrected_segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
JOIN recordings r ON r.date = s.date AND r.recording_key = s.recording_key;

CREATE OR REPLACE TEMP VIEW speaker_turns AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
FROM runs t JOIN chosen c ON c.date = t.date AND c.transcript_key = t.transcript_key;

CREATE OR REPLACE TEMP VIEW talk_time AS
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
    AND r.speaker IS NOT DISTINCT FROM s.speaker;

CREATE OR REPLACE TEMP VIEW who_follows_whom AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
ordered AS (
    SELECT t.date, t.source, t.recording_key, t.speaker, lead(t.speaker) OVER (
        PARTITION BY t.date, c.place ORDER BY t.first_segment) AS next_speaker
    FROM speaker_turns t JOIN chosen c ON c.date = t.date AND c.transcript_key = t.transcript_key)
SELECT o.date, o.source, o.recording_key, r.topic, o.speaker, o.next_speaker, count(*) AS n_times
FROM ordered o JOIN recordings r ON r.date = o.date AND r.recording_key = o.recording_key
WHERE o.speaker <> o.next_speaker
GROUP BY ALL;

CREATE OR REPLACE TEMP VIEW meeting_talk AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
timed AS (
    SELECT s.date, c.place, s.segment_index, s.start_ms, s.end_ms, s.start_at, s.n_words,
        CASE WHEN c.kind = 'transcript' AND lag(s.end_ms IS NOT NULL) OVER earlier
            THEN greatest(s.start_ms - max(greatest(s.start_ms, s.end_ms)) OVER earlier, 0) END AS silence_ms
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    WHERE s.start_ms IS NOT NULL
    WINDOW earlier AS (PARTITION BY s.date, c.place ORDER BY s.start_ms, s.segment_index
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
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
FROM meetings m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key;

CREATE OR REPLACE TEMP VIEW silences AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
timed AS (
    SELECT s.date, c.place, s.segment_index, s.start_ms, s.end_ms, s.start_at, s.n_words,
        CASE WHEN c.kind = 'transcript' AND lag(s.end_ms IS NOT NULL) OVER earlier
            THEN greatest(s.start_ms - max(greatest(s.start_ms, s.end_ms)) OVER earlier, 0) END AS silence_ms
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    WHERE s.start_ms IS NOT NULL
    WINDOW earlier AS (PARTITION BY s.date, c.place ORDER BY s.start_ms, s.segment_index
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT t.date, r.source, r.recording_key, r.topic, c.transcript_key, t.start_ms - t.silence_ms AS start_ms,
    t.start_ms AS end_ms, t.start_at - to_milliseconds(t.silence_ms) AS start_at, t.start_at AS end_at, t.silence_ms
FROM timed t
JOIN chosen c ON c.date = t.date AND c.place = t.place
JOIN recordings r ON r.date = c.date AND r.recording_key = c.recording_key
WHERE t.silence_ms > 1;

CREATE OR REPLACE TEMP VIEW interruptions AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
WHERE t.latest_end_ms - t.start_ms > 1 AND coalesce(t.end_ms - t.start_ms, 1) > 0 AND o.speaker <> t.speaker;

CREATE OR REPLACE TEMP VIEW meeting_stream AS
SELECT date, source, recording_key, topic, start_at AS said_at,
    'speech' AS medium, kind, speaker, NULL AS recipient, text, NULL AS reply_to, NULL AS reaction, transcript_key,
    segment_index, NULL AS message_index
FROM transcript
UNION ALL
SELECT m.date, m.source, m.recording_key, r.topic, m.sent_at, 'chat', m.kind, m.sender, m.recipient, m.text,
    m.reply_to, m.reaction, NULL, NULL, m.message_index
FROM chat_messages m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key;

CREATE OR REPLACE TEMP VIEW chat_beside_speech AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
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
    m.start_at, c.transcript_key, m.segment_index;

CREATE OR REPLACE TEMP VIEW questions AS
WITH replies AS (
    SELECT date, recording_key, message_index, regexp_replace(reply_to, '\s*(\.\.\.|…)$', '') AS quote,
        regexp_matches(reply_to, '(\.\.\.|…)$') AS is_cut
    FROM chat_messages WHERE kind = 'reply' AND reply_to IS NOT NULL),
asked AS (
    SELECT m.*, r.topic, m.sent_at AS asked_at
    FROM chat_messages m JOIN recordings r ON r.date = m.date AND r.recording_key = m.recording_key
    WHERE m.kind <> 'reaction' AND (contains(m.text, '?') OR contains(m.text, ';') OR contains(m.text, chr(65311))
        OR contains(m.text, chr(1567)) OR contains(m.text, chr(894)))
    AND regexp_matches(m.text, '([?\x{FF1F}\x{61F}\x{37E}]|\p{Greek}\s*;)[\s"''\)\]\p{Pf}\p{Pe}]*$')),
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
WHERE (contains(text, '?') OR contains(text, ';') OR contains(text, chr(65311))
        OR contains(text, chr(1567)) OR contains(text, chr(894)))
    AND regexp_matches(text, '([?\x{FF1F}\x{61F}\x{37E}]|\p{Greek}\s*;)[\s"''\)\]\p{Pf}\p{Pe}]*$')
UNION ALL
SELECT a.date, a.source, a.recording_key, a.topic, a.asked_at, 'chat', a.sender, a.text, coalesce(n.n_replies, 0),
    NULL, NULL, a.message_index
FROM asked a
LEFT JOIN answered n
    ON n.date = a.date AND n.recording_key = a.recording_key AND n.message_index = a.message_index;

CREATE OR REPLACE TEMP VIEW people AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
devices AS (
    SELECT p.date, p.source, p.recording_key, coalesce(d.participant_key, p.participant_key) AS participant_key,
        trim(p.name) AS name, coalesce(p.native_id, d.native_id) AS native_id,
        coalesce(p.user_id, d.user_id) AS user_id, lower(trim(coalesce(p.email, d.email))) AS email,
        p.joined_at, p.left_at, d.participant_key IS NOT NULL AS is_device
    FROM participants p
    LEFT JOIN participants d ON d.date = p.date AND d.recording_key = p.recording_key
        AND d.participant_key = p.parent_key
    WHERE p.is_bot IS NOT TRUE),
owners AS (
    SELECT source, email, min(user_id) AS user_id FROM devices WHERE user_id IS NOT NULL AND email IS NOT NULL
    GROUP BY source, email HAVING min(user_id) = max(user_id)),
attended AS (
    SELECT v.*, CASE
            WHEN coalesce(v.user_id, o.user_id) IS NOT NULL THEN 'user:' || v.source || ':'
                || coalesce(v.user_id, o.user_id)
            WHEN v.email IS NOT NULL THEN 'email:' || v.email
            ELSE 'participant:' || v.recording_key || '/' || v.participant_key END AS person_key,
        CASE WHEN v.user_id IS NOT NULL THEN 'user_id' WHEN v.email IS NOT NULL THEN 'email' ELSE 'roster' END
            AS method
    FROM devices v LEFT JOIN owners o ON o.source = v.source AND o.email = v.email),
persons AS (
    SELECT person_key, coalesce(
            arg_max(name, [date::VARCHAR, recording_key, participant_key]) FILTER (NOT is_device),
            max(name)) AS person,
        CASE WHEN min(email) = max(email) THEN min(email) END AS email
    FROM attended WHERE method <> 'roster' GROUP BY person_key),
rosters AS (
    SELECT date, recording_key, name, coalesce(min(person_key) FILTER (is_somebody), min(person_key)) AS person_key,
        count(DISTINCT person_key) FILTER (is_somebody) <= 1 AS is_one,
        max(method) FILTER (method = 'user_id') AS by_user, max(method) FILTER (method = 'email') AS by_email
    FROM (SELECT *, native_id IS NOT NULL OR method <> 'roster' AS is_somebody FROM attended)
    WHERE name <> '' GROUP BY date, recording_key, name),
namesakes AS (
    SELECT date, recording_key, trim(regexp_replace(lower(strip_accents(nfc_normalize(regexp_replace(name, '\p{Cf}', '', 'g')))), '[\s\p{Z}]+', ' ', 'g')) AS plain_name, list(DISTINCT person_key) AS person_keys
    FROM attended WHERE native_id IS NOT NULL OR method <> 'roster' GROUP BY date, recording_key, plain_name),
account AS (
    SELECT source, trim(regexp_replace(lower(strip_accents(nfc_normalize(regexp_replace(name, '\p{Cf}', '', 'g')))), '[\s\p{Z}]+', ' ', 'g')) AS plain_name, min(person_key) AS person_key
    FROM attended WHERE method <> 'roster' GROUP BY source, plain_name HAVING min(person_key) = max(person_key)),
handmade AS (
    SELECT label, list({'person': person, 'email': lower(trim(email)), 'source': source,
        'recording_key': recording_key, 'width': (recording_key IS NULL)::INTEGER * 2 + (source IS NULL)::INTEGER})
        AS rows
    FROM aliases GROUP BY label),
spoken AS (
    SELECT s.date, s.source, s.recording_key, s.speaker, bool_or(s.speaker_kind = 'named') AS is_named
    FROM corrected_segments s JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
    WHERE s.speaker IS NOT NULL GROUP BY s.date, s.source, s.recording_key, s.speaker),
fitting AS (
    SELECT s.*, trim(regexp_replace(lower(strip_accents(nfc_normalize(regexp_replace(s.speaker, '\p{Cf}', '', 'g')))), '[\s\p{Z}]+', ' ', 'g')) AS plain_name, [h FOR h IN a.rows IF coalesce(h.source = s.source, true)
        AND coalesce(h.recording_key = s.recording_key, true)] AS rows
    FROM spoken s LEFT JOIN handmade a ON a.label = s.speaker),
aliased AS (
    SELECT * EXCLUDE (rows), list_distinct([{'person': h.person, 'email': h.email} FOR h IN rows
        IF h.width = list_min([w.width FOR w IN rows])]) AS aliases
    FROM fitting),
judged AS (
    SELECT s.*, r.person_key AS roster_key, k.person_key AS account_key, s.aliases[1] AS alias, CASE
            WHEN len(s.aliases) > 0 THEN CASE len(s.aliases) WHEN 1 THEN 'alias' ELSE 'unresolved' END
            WHEN NOT s.is_named THEN 'unresolved'
            WHEN r.name IS NOT NULL THEN
                CASE WHEN r.is_one THEN coalesce(r.by_user, r.by_email, 'roster') ELSE 'unresolved' END
            WHEN k.person_key IS NOT NULL AND coalesce(n.person_keys = [k.person_key], true) THEN 'account_name'
            ELSE 'unresolved' END AS method
    FROM aliased s
    LEFT JOIN rosters r ON r.date = s.date AND r.recording_key = s.recording_key AND r.name = s.speaker
    LEFT JOIN namesakes n ON n.date = s.date AND n.recording_key = s.recording_key AND n.plain_name = s.plain_name
    LEFT JOIN account k ON k.source = s.source AND k.plain_name = s.plain_name),
keyed AS (
    SELECT j.*, CASE j.method
            WHEN 'unresolved' THEN NULL
            WHEN 'account_name' THEN j.account_key
            WHEN 'alias' THEN coalesce('user:' || j.source || ':' || o.user_id, 'email:' || j.alias.email,
                'alias:' || j.alias.person)
            ELSE j.roster_key END AS person_key
    FROM judged j LEFT JOIN owners o ON o.source = j.source AND o.email = j.alias.email)
SELECT k.date, k.source, k.recording_key, k.speaker, k.person_key,
    CASE WHEN k.method <> 'unresolved' THEN coalesce(CASE k.method WHEN 'alias' THEN k.alias.person END, p.person,
        k.speaker) END AS person,
    coalesce(CASE k.method WHEN 'alias' THEN k.alias.email END, p.email) AS email, k.method,
    CASE k.method WHEN 'alias' THEN 'certain' WHEN 'user_id' THEN 'high' WHEN 'email' THEN 'high'
        WHEN 'roster' THEN 'medium' WHEN 'account_name' THEN 'low' ELSE 'none' END AS confidence
FROM keyed k LEFT JOIN persons p ON p.person_key = k.person_key;

CREATE OR REPLACE TEMP VIEW meeting_load AS
WITH devices AS (
    SELECT p.date, p.source, p.recording_key, coalesce(d.participant_key, p.participant_key) AS participant_key,
        trim(p.name) AS name, coalesce(p.native_id, d.native_id) AS native_id,
        coalesce(p.user_id, d.user_id) AS user_id, lower(trim(coalesce(p.email, d.email))) AS email,
        p.joined_at, p.left_at, d.participant_key IS NOT NULL AS is_device
    FROM participants p
    LEFT JOIN participants d ON d.date = p.date AND d.recording_key = p.recording_key
        AND d.participant_key = p.parent_key
    WHERE p.is_bot IS NOT TRUE),
owners AS (
    SELECT source, email, min(user_id) AS user_id FROM devices WHERE user_id IS NOT NULL AND email IS NOT NULL
    GROUP BY source, email HAVING min(user_id) = max(user_id)),
attended AS (
    SELECT v.*, CASE
            WHEN coalesce(v.user_id, o.user_id) IS NOT NULL THEN 'user:' || v.source || ':'
                || coalesce(v.user_id, o.user_id)
            WHEN v.email IS NOT NULL THEN 'email:' || v.email
            ELSE 'participant:' || v.recording_key || '/' || v.participant_key END AS person_key,
        CASE WHEN v.user_id IS NOT NULL THEN 'user_id' WHEN v.email IS NOT NULL THEN 'email' ELSE 'roster' END
            AS method
    FROM devices v LEFT JOIN owners o ON o.source = v.source AND o.email = v.email),
persons AS (
    SELECT person_key, coalesce(
            arg_max(name, [date::VARCHAR, recording_key, participant_key]) FILTER (NOT is_device),
            max(name)) AS person,
        CASE WHEN min(email) = max(email) THEN min(email) END AS email
    FROM attended WHERE method <> 'roster' GROUP BY person_key),
meetings AS (
    SELECT r.date, r.recording_key, r.duration_ms, coalesce(
        CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key) AS meeting_key
    FROM recordings r LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key),
present AS (
    SELECT a.date, a.recording_key, a.person_key, p.person, p.email, false AS has_spoken,
        epoch_ms(max(a.left_at)) - epoch_ms(min(a.joined_at)) AS stay_ms
    FROM attended a JOIN persons p ON p.person_key = a.person_key
    GROUP BY a.date, a.recording_key, a.person_key, p.person, p.email
    UNION ALL
    SELECT date, recording_key, person_key, person, email, true, NULL
    FROM people WHERE method NOT IN ('roster', 'unresolved')),
attendances AS (
    SELECT m.date, m.meeting_key, coalesce('email:' || p.email, p.person_key) AS who, max(p.person_key) AS person_key,
        max(p.person) AS person, max(p.email) AS email, bool_or(p.has_spoken) AS has_spoken,
        greatest(coalesce(max(p.stay_ms), max(m.duration_ms), 0), 0) AS stay_ms
    FROM present p JOIN meetings m ON m.date = p.date AND m.recording_key = p.recording_key
    GROUP BY m.date, m.meeting_key, who),
meeting_days AS (
    SELECT min(date) AS date, meeting_key, who, max(person_key) AS person_key, max(person) AS person,
        max(email) AS email, bool_or(has_spoken) AS has_spoken, max(stay_ms) AS stay_ms
    FROM attendances GROUP BY meeting_key, who)
SELECT date_trunc('week', date)::DATE AS week, max(person_key) AS person_key, arg_max(person, date) AS person,
    max(email) AS email, count(*) AS n_meetings, sum(stay_ms) / 3_600_000 AS meeting_hours,
    count(*) FILTER (has_spoken) AS n_meetings_spoken
FROM meeting_days GROUP BY week, who;

CREATE OR REPLACE TEMP VIEW transcript_coverage AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
held AS (
    SELECT c.date, c.recording_key, any_value(c.kind) AS kind,
        max(f.archived_at) FILTER (c.kind = 'transcript') AS arrived_at
    FROM chosen c
    JOIN transcripts t ON t.date = c.date AND t.transcript_key = c.transcript_key
    LEFT JOIN files f ON f.date = t.date AND f.recording_key = t.recording_key AND f.file_key = t.file_key
    GROUP BY c.date, c.recording_key)
SELECT r.date, r.source, count(*) AS n_recordings, count(*) FILTER (h.kind = 'transcript') AS n_transcripts,
    count(*) FILTER (h.kind = 'captions') AS n_captions_only,
    count(*) FILTER (h.kind IS NULL AND r.transcript_status = 'pending') AS n_awaited,
    count(*) FILTER (h.kind = 'transcript') / count(*) AS transcript_share,
    median(epoch_ms(h.arrived_at) - epoch_ms(r.ended_at))::BIGINT AS median_lag_ms,
    max(epoch_ms(h.arrived_at) - epoch_ms(r.ended_at)) AS longest_lag_ms
FROM recordings r LEFT JOIN held h ON h.date = r.date AND h.recording_key = r.recording_key
GROUP BY r.date, r.source;

CREATE OR REPLACE TEMP VIEW missing_transcripts AS
WITH chosen AS MATERIALIZED (
    SELECT date, recording_key, transcript_key, kind, row_number() OVER () AS place
    FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key)),
held AS (
    SELECT c.date, c.recording_key, any_value(c.kind) AS kind,
        max(f.archived_at) FILTER (c.kind = 'transcript') AS arrived_at
    FROM chosen c
    JOIN transcripts t ON t.date = c.date AND t.transcript_key = c.transcript_key
    LEFT JOIN files f ON f.date = t.date AND f.recording_key = t.recording_key AND f.file_key = t.file_key
    GROUP BY c.date, c.recording_key),
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
WHERE h.kind IS DISTINCT FROM 'transcript';

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
    s.start_at, s.end_at, s.start_ms, s.end_ms, s.speaker, s.speaker_kind, s.text, s.language, s.n_words,
    s.is_corrected
FROM corrected_segments s
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

SET VARIABLE has_recordings = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/recordings/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_files = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/files/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_transcripts = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/transcripts/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_segments = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/segments/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_turns = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/turns/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_words = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/words/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_participants = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/participants/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_chat_messages = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/chat_messages/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_speaker_activity = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/speaker_activity/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_summaries = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/summaries/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_poll_answers = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/poll_answers/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_coverage = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/coverage/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_recording_links = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/recording_links/' || getvariable('days') || '/*.parquet'));
SET VARIABLE has_corrections = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/corrections.csv'));
SET VARIABLE has_aliases = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/aliases.csv'));
