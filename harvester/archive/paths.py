"""Names in the archive: made from ids, never from a topic, so that nobody's text becomes a path.

Pure. Distinct ids give distinct names; a recording's folder name can be turned back into its id.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import PurePosixPath

from harvester.errors import Damaged
from harvester.model import ListedFile, Recording

_ZOOM_UUID = re.compile(r"[A-Za-z0-9+/]{22}==")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FILE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_ENCODED = "~"
_HASHED = "="  # no file id that is kept as it is holds it
_UUID_LENGTH = 22
_LONGEST_ID = 180  # bytes; base64 makes 240 of them, and a folder name may have 255


def safe_id(native_id: str) -> str:
    """Folder name of a recording.

    A Zoom UUID becomes base64url without padding; other ids stay as they are where they are plain,
    else they are encoded behind `~`. Raises Damaged for an id no file system could hold.
    """
    if _ZOOM_UUID.fullmatch(native_id):
        return native_id[:_UUID_LENGTH].translate(str.maketrans("+/", "-_"))
    if _PLAIN.fullmatch(native_id) and len(native_id) != _UUID_LENGTH:
        return native_id
    raw = native_id.encode("utf-8", "surrogatepass")
    if not raw or len(raw) > _LONGEST_ID:
        raise Damaged(f"recording id of {len(raw)} bytes cannot be a folder name: {native_id[:40]!r}")
    return _ENCODED + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def native_id(safe: str) -> str:
    """The id that `safe_id` was given."""
    if safe.startswith(_ENCODED):
        text = safe[len(_ENCODED) :]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "surrogatepass")
    if len(safe) == _UUID_LENGTH:
        return safe.translate(str.maketrans("-_", "+/")) + "=="
    return safe


def entry_folder(recording: Recording) -> PurePosixPath:
    """Folder of a recording below the archive's root, by the UTC date of its start."""
    return PurePosixPath(recording.source, recording.date.isoformat().replace("-", "/"), safe_id(recording.native_id))


def file_name(file: ListedFile) -> str:
    """`<part>-<type>-<file id>.<ext>`; a file key that is no plain id is hashed, its receipt names the key."""
    kind = re.sub(r"[^a-z0-9]+", "_", (file.recording_type or file.file_type or file.kind).lower()).strip("_")
    extension = re.sub(r"[^a-z0-9]+", "", (file.extension or "").lower())[:8]
    key = (
        file.key
        if _FILE_ID.fullmatch(file.key)
        else _HASHED + hashlib.sha256(file.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    )
    return f"{file.part_index}-{kind[:48] or 'file'}-{key}.{extension or 'bin'}"
