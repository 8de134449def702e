"""Audio and video of the archive: which file of a recording is played, and where it lies.

Decides what may be served at all: a file that the lake names as archived, of a type that is played and nothing else,
below the archive's root without a symbolic link on the way. A path is never taken from an address.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harvester.errors import Absent, Damaged

TYPES = {
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "aac": "audio/aac",
}
"""Extension -> what a browser is told; a file of any other is not served."""

_LAYOUTS = (
    "shared_screen_with_speaker_view",
    "shared_screen_with_gallery_view",
    "active_speaker",
    "speaker_view",
    "gallery_view",
    "shared_screen",
    "audio_only",
)
"""The most telling first; a file of one participant alone is nobody's meeting."""

_ONE_SIDED = ("each_participant", "audio_interpretation", "sign_interpretation")


@dataclass(frozen=True, slots=True)
class Track:
    """What is played of one part of a recording."""

    part: int
    kind: str  # video or audio
    file_key: str
    type: str
    size_bytes: int


def media_type(extension: str | None) -> str | None:
    """None for what is not played."""
    return TYPES.get((extension or "").lower().lstrip("."))


def choose_tracks(files: Sequence[Mapping[str, Any]], kind: str | None = None) -> tuple[list[Track], list[str]]:
    """One file per part, video rather than audio unless `kind` says so; and the kinds there are."""
    playable = [
        each
        for each in files
        if each["status"] == "archived"
        and each["kind"] in {"video", "audio"}
        and media_type(each["file_extension"])
        and not any(word in (each["recording_type"] or "").lower() for word in _ONE_SIDED)
    ]
    kinds = sorted({each["kind"] for each in playable}, reverse=True)
    wanted = kind if kind in kinds else (kinds[0] if kinds else None)
    chosen: dict[int, Mapping[str, Any]] = {}
    for each in sorted(playable, key=_rank):
        if each["kind"] == wanted:
            chosen.setdefault(each["part_index"], each)
    tracks = [
        Track(
            part,
            str(each["kind"]),
            str(each["file_key"]),
            TYPES[str(each["file_extension"]).lower().lstrip(".")],
            each["size_bytes"] or 0,
        )
        for part, each in sorted(chosen.items())
    ]
    return tracks, kinds


def _rank(file: Mapping[str, Any]) -> tuple[int, str]:
    layout = (file["recording_type"] or "").lower()
    return next((place for place, each in enumerate(_LAYOUTS) if layout.startswith(each)), len(_LAYOUTS)), file[
        "file_key"
    ]


def find_file(archive: Path, archive_path: str) -> Path:
    """Where it lies. Raises Damaged for a path that leads out of the archive or over a link, Absent for no file."""
    relative = PurePosixPath(archive_path)
    parts = relative.parts
    if not parts or relative.is_absolute() or ".." in parts or "\0" in archive_path:
        raise Damaged("the lake names a file outside the archive", hint="run `harvester rebuild`", subject=archive_path)
    path = archive
    mode = 0
    for part in parts:
        path /= part
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise Absent(
                "the archive does not have this file",
                hint="fetch it again with `harvester repair`",
                subject=archive_path,
            ) from error
        if stat.S_ISLNK(mode):
            raise Damaged("a symbolic link stands in the archive where a file should be", subject=archive_path)
    if not stat.S_ISREG(mode):
        raise Damaged("what stands in the archive there is no file", subject=archive_path)
    return path
