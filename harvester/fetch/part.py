"""The unfinished file beside its target, and the moment it becomes the target.

Decides what of an earlier try may be kept: only bytes of a version a strong ETag vouches for, written since the last
boot. Never sends a request and never overwrites a finished file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from harvester.errors import Damaged, Failed, Pending, Vanished
from harvester.fetch.note import Note, Segment, read_boot_id, read_note
from harvester.fetch.pagecache import PageCache
from harvester.fetch.reply import Version
from harvester.files import FILE_MODE, TEMPORARY_NAME_BYTES, disk_errors, fsync_folder, write_atomically

# Below this a download starts again sooner than the note about it (two fsyncs) is written.
NOTE_FROM_BYTES = 1 << 20
NOTE_EVERY_BYTES = 32 << 20  # what a kill may cost in a download of several ranges; one range costs nothing
_READ_BYTES = 1 << 20
_SUFFIX = re.compile(r"\.[0-9a-f]{12}\.part(\.json)?")
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Part:
    """One part file, open and locked; as a context it leaves behind either a resumable part or nothing."""

    def __init__(self, target: Path, fingerprint: str) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.{fingerprint}.part")
        self._note_path = target.with_name(f"{self.path.name}.json")
        self.version = Version()
        self.segments: list[Segment] = []
        self.size = 0
        self.resumed_from = 0
        self._noted = False  # a note about it is on the disk
        self._is_clean = False  # the file is empty on the disk
        self._unnoted_bytes = 0
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._lock = threading.Lock()
        self._published = False
        with disk_errors(self.path):
            self._handle = _open_locked(self.path)
            self._page_cache = PageCache(self._handle)
            try:
                self._recall()
            except BaseException:
                os.close(self._handle)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what the next try can use. Damage and deletion at the source make it worthless."""
        useless = not self._noted or isinstance(error, Damaged | Vanished)
        try:
            with disk_errors(self.path):
                if useless and not self._published:
                    self._remove()
                elif self.segments and not self._published:
                    self._write_note()
        finally:
            os.close(self._handle)

    @property
    def is_complete(self) -> bool:
        return self.version.is_resumable and self.size == self.version.total

    @property
    def resume_at(self) -> int:
        """Where a request may go on; 0 when nothing vouches for what is here."""
        return self.size if self.version.is_resumable else 0

    def restart(self, version: Version) -> None:
        """Forget every byte; what comes next is `version`. The note is on disk before its first byte."""
        with disk_errors(self.path):
            if self._noted:
                self._note_path.unlink(missing_ok=True)
            if not self._is_clean:
                os.ftruncate(self._handle, 0)
        self.version, self.segments, self.size, self.resumed_from = version, [], 0, 0
        self._hash, self._hashed, self._noted, self._is_clean = hashlib.sha256(), 0, False, True
        self._page_cache.restart()
        if version.is_resumable and (version.total or 0) >= NOTE_FROM_BYTES:
            self._write_note()

    def append(self, chunk: bytes) -> None:
        """Write behind the last byte, hashing on the way."""
        self._catch_up()
        self._write(chunk, self.size)
        self._hash.update(chunk)
        self.size += len(chunk)
        self._hashed = self.size
        self._page_cache.written(self.size)

    def split(self, segments: list[Segment]) -> None:
        """From here on `advance` fills these ranges, in any order."""
        self.segments = segments
        self._write_note()

    def advance(self, index: int, chunk: bytes) -> None:
        """Write where segment `index` goes on. Safe from several threads, one per segment."""
        segment = self.segments[index]
        self._write(chunk, segment.done)
        with self._lock:
            self.segments[index] = segment.model_copy(update={"done": segment.done + len(chunk)})
            self.size += len(chunk)
            self._unnoted_bytes += len(chunk)
            if self._unnoted_bytes >= NOTE_EVERY_BYTES:
                self._write_note()

    def read_head(self, count: int) -> bytes:
        with disk_errors(self.path):
            return os.pread(self._handle, count, 0)

    def digest(self) -> str:
        """SHA-256 of the whole file: taken while it came, the rest read again."""
        self._catch_up()
        return self._hash.hexdigest()

    def publish(self) -> None:
        """fsync, take the final name, fsync the folder. A name that is taken is Damaged and stays as it is."""
        with disk_errors(self.target):
            os.fsync(self._handle)
            try:
                os.link(self.path, self.target, follow_symlinks=False)
            except FileExistsError:
                raise already_there(self.target) from None
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
                self._rename()
            self._published = True
            self._remove()
            fsync_folder(self.target.parent)
        self._page_cache.finish(self.size)

    def _rename(self) -> None:
        """Without hard links the check and the rename are two steps; the run lock keeps others away between them."""
        if os.path.lexists(self.target):
            raise already_there(self.target)
        self.path.rename(self.target)

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)
        if self._noted:
            self._note_path.unlink(missing_ok=True)

    def _write(self, chunk: bytes, offset: int) -> None:
        self._is_clean = False
        with disk_errors(self.path):
            view = memoryview(chunk)
            while view:
                written = os.pwrite(self._handle, view, offset)
                view, offset = view[written:], offset + written

    def _catch_up(self) -> None:
        """Hash what is here and was not hashed as it came: an earlier try's bytes, or ranges."""
        with disk_errors(self.path):
            while self._hashed < self.size:
                chunk = os.pread(self._handle, min(_READ_BYTES, self.size - self._hashed), self._hashed)
                if not chunk:
                    raise Failed(f"{self.path} became shorter", hint="let nothing else write in the archive")
                self._hash.update(chunk)
                self._hashed += len(chunk)

    def _write_note(self) -> None:
        assert self.version.etag is not None
        assert self.version.total is not None
        note = Note(
            etag=self.version.etag,
            total=self.version.total,
            modified=self.version.modified,
            boot=read_boot_id(),
            segments=tuple(self.segments),
        )
        write_atomically(self._note_path, note.model_dump_json().encode())
        self._noted, self._unnoted_bytes = True, 0

    def _recall(self) -> None:
        """Take over an earlier try, or clear it away."""
        found = os.fstat(self._handle).st_size
        note = read_note(self._note_path)
        held = sum(each.done - each.start for each in note.segments) if note and note.segments else found
        reach = max((each.done for each in note.segments if each.done > each.start), default=0) if note else 0
        if note is None or not found or held > note.total or reach > found or note.boot != read_boot_id():
            self._noted, self._is_clean = True, not found  # a torn note reads as none
            self.restart(Version())
            return
        self.version = Version(etag=note.etag, total=note.total, modified=note.modified)
        self.segments, self.size, self.resumed_from, self._noted = list(note.segments), held, held, True


def already_there(target: Path) -> Damaged:
    return Damaged(
        f"{target} is already there and is never overwritten",
        hint="`harvester verify` says whether it is the archive's; `harvester repair` puts unknown files aside",
    )


def discard_parts(folder: Path, name: str, *, keep: str | None = None) -> None:
    """Remove the unfinished pieces of `name`, except those with fingerprint `keep`: other versions never finish."""
    with disk_errors(folder), os.scandir(folder) as entries:
        for entry in entries:
            suffix = _SUFFIX.fullmatch(entry.name.removeprefix(name)) if entry.name.startswith(name) else None
            if suffix and not (keep and suffix[0].startswith(f".{keep}.")):
                Path(entry.path).unlink(missing_ok=True)
            note = f".{name}.{keep}.part.json."
            if len(note) < TEMPORARY_NAME_BYTES and entry.name.startswith(note) and entry.name.endswith(".tmp"):
                Path(entry.path).unlink(missing_ok=True)


def _open_locked(path: Path) -> int:
    """The part file, ours alone. A link planted under its name is removed, never followed."""
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != os.geteuid():
            path.unlink()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(os.close, handle)
        if not _is_ours_alone(handle, path):
            raise Pending(f"{path.name} is being fetched by another process", hint="let it finish")
        os.fchmod(handle, FILE_MODE)
        cleanup.pop_all()
    return handle


def _is_ours_alone(handle: int, path: Path) -> bool:
    """Locked by us, and still what the name stands for: another process may have just finished and renamed it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        here, there = os.fstat(handle), path.lstat()
    except (BlockingIOError, FileNotFoundError):
        return False
    return here.st_ino == there.st_ino and here.st_nlink == 1
