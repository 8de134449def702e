"""Columns that several tables of the lake share, so that they mean the same in each."""

from __future__ import annotations

from schemas.table import MS, TEXT, TIME, Disguise, code, given, key, maybe, personal

SOURCE = code("source", "Who captured it: zoom, or the name of a bot provider")
RECORDING = code("recording_key", "The recording it belongs to, <source>:<native id>")
RECORDING_ROW = key("recording_key", TEXT, "The recording it belongs to", repeats=True)
PARSER = code("parser_version", "Version of the rules that made this row out of the archived bytes")
PAYLOAD = given("payload_sha256", TEXT, "SHA-256 of the archived bytes this row was made from", "hex")
START_MS = maybe("start_ms", MS, "Start, counted from the start of the media file it belongs to", "ms")
END_MS = maybe("end_ms", MS, "End on the same scale; null when the source gave none", "ms")
START_AT = maybe("start_at", TIME, "Absolute start; the only axis on which sources compare", "UTC")
END_AT = maybe("end_at", TIME, "Absolute end", "UTC")
LABEL = personal("speaker_label", "Speaker exactly as the source wrote it", Disguise.LABEL, repeats=True)
NAME = personal("speaker_name", "Speaker's name, only where the label names a person", Disguise.NAME, repeats=True)
