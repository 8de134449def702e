"""The two files that people write by hand: what they are called, and their columns.

The truth lies at the archive's root, a copy in the lake's; both are CSV in UTF-8 with these columns as header. Where
there is no row there is no file.
"""

from __future__ import annotations

CORRECTIONS_FILE = "corrections.csv"
CORRECTION_COLUMNS = (
    "correction_index",
    "transcript_key",
    "segment_index",
    "speaker_was",
    "speaker",
    "text_was",
    "text",
    "note",
)

ALIASES_FILE = "aliases.csv"
ALIAS_COLUMNS = ("label", "person", "email", "source", "recording_key", "note")

HANDMADE_FILES = (CORRECTIONS_FILE, ALIASES_FILE)
