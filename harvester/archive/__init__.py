"""The truth: the original files, each with its receipt, one folder per recording (DESIGN section 6).

    <archive>/<source>/<YYYY>/<MM>/<DD>/<safe id>/recording.json
                                                  <part>-<type>-<file id>.<ext>

Files are never modified. `recording.json` is replaced atomically as receipts and facts are added. Everything the lake
says is computed from here, including decisions that once depended on the clock.
"""

from harvester.archive.entry import ArchivedFile, Entry, TranscriptFact
from harvester.archive.paths import entry_folder, file_name
from harvester.archive.store import Archive

__all__ = ["Archive", "ArchivedFile", "Entry", "TranscriptFact", "entry_folder", "file_name"]
