"""A meeting as a CSV to be corrected in a spreadsheet and handed back to `harvester correct`.

Each segment has what the raw row says (`*_was`) and, beside it, what holds now; a row without a change says nothing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from harvester.lake.export.model import Found
from harvester.lake.handmade.sheet import write_sheet
from harvester.lake.session import Sessions

COLUMNS = ("time", "transcript_key", "segment_index", "speaker_was", "speaker", "text_was", "text", "note")
_SECOND_MS = 1000
_ROWS = """
SELECT t.start_ms, t.transcript_key, t.segment_index, coalesce(s.speaker_name, s.speaker_label) AS speaker_was,
    t.speaker, s.text AS text_was, t.text
FROM transcript t
JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key AND s.segment_index = t.segment_index
WHERE t.date = $day AND t.recording_key = $key
ORDER BY min(t.start_at) OVER (PARTITION BY t.transcript_key), t.transcript_key, t.segment_index
"""


def render_template(sessions: Sessions, recordings: Iterable[Found]) -> bytes:
    """All segments of these recordings, with the mark that tells spreadsheets of UTF-8."""
    return codecs.BOM_UTF8 + write_sheet(
        COLUMNS, (row for each in recordings for row in _iter_rows(sessions, each)), guarded=True
    )


def _iter_rows(sessions: Sessions, recording: Found) -> Iterator[tuple[str, ...]]:
    values = {"day": recording.date, "key": recording.recording_key}
    for row in sessions.run(lambda session: session.ask(_ROWS, **values), day=recording.date):
        seconds = max(row["start_ms"] or 0, 0) // _SECOND_MS
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        names = ("speaker_was", "speaker", "text_was", "text")
        yield time, row["transcript_key"], str(row["segment_index"]), *(row[name] or "" for name in names), ""
