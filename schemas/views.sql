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
    n_speakers, n_words, rejected_cues, is_current, payload_sha256, parser_version
FROM query('SELECT NULL::DATE AS date, NULL::VARCHAR AS transcript_key, NULL::VARCHAR AS recording_key,
        NULL::VARCHAR AS source, NULL::VARCHAR AS file_key, NULL::VARCHAR AS kind, NULL::VARCHAR AS provider,
        NULL::VARCHAR AS language, NULL::TIMESTAMPTZ AS t0_at, NULL::INTEGER AS n_segments,
        NULL::INTEGER AS n_speakers, NULL::INTEGER AS n_words, NULL::INTEGER AS rejected_cues,
        NULL::BOOLEAN AS is_current, NULL::VARCHAR AS payload_sha256, NULL::VARCHAR AS parser_version WHERE false'
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
