"""Where damaged and unknown files are put aside: `.harvester/quarantine`, by the moment of the repair.

Moves and copies only; whoever is sure that nothing is lost by it calls `discard`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harvester.files import disk_errors, fsync_folder, make_folder


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One repair's folder. Paths below `home` keep their place in it."""

    root: Path
    home: Path

    @classmethod
    def of(cls, state: Path, now: datetime) -> Quarantine:
        return cls(state / "quarantine" / f"{now:%Y%m%dT%H%M%SZ}", state.parent)

    def place_for(self, path: Path) -> Path:
        """A free name for what lies at `path`."""
        with contextlib.suppress(ValueError):
            path = path.relative_to(self.home)
        wanted = self.root.joinpath(*(each for each in path.parts if each not in {"/", "..", "."}))
        number = 1
        place = wanted
        while os.path.lexists(place):
            number += 1
            place = wanted.with_name(f"{wanted.name}.{number}")
        return place

    def move(self, path: Path) -> Path | None:
        """Put a file or folder aside, durably; None when there is nothing."""
        if not os.path.lexists(path):
            return None
        place = self.place_for(path)
        with disk_errors(place):
            make_folder(place.parent)
            try:
                path.rename(place)
            except OSError as error:
                if error.errno != errno.EXDEV:  # the archive may lie on another filesystem
                    raise
                self._copy(path, place)
                _remove(path)
            fsync_folder(place.parent)
            fsync_folder(path.parent)
        return place

    def copy(self, path: Path) -> Path | None:
        """Keep the bytes of a file that is about to be replaced where it lies."""
        if not path.is_file():
            return None
        place = self.place_for(path)
        with disk_errors(place):
            make_folder(place.parent)
            self._copy(path, place)
            fsync_folder(place.parent)
        return place

    def discard(self, place: Path) -> None:
        """Drop what was put aside, and the folders that this leaves empty."""
        with disk_errors(place):
            _remove(place)
            for folder in place.parents:
                if folder == self.root.parent:
                    break
                try:
                    folder.rmdir()
                except OSError:
                    break

    def _copy(self, path: Path, place: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, place, symlinks=True)
        else:
            shutil.copy2(path, place, follow_symlinks=False)
        files = [each for each in (place, *place.rglob("*")) if each.is_file() and not each.is_symlink()]
        for each in files:
            handle = os.open(each, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
