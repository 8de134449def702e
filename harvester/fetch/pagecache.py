"""Large files leave the page cache while they are written: media, which nobody reads again soon.

Fresh pages cost the kernel time, a fsync of gigabytes holds everybody up, and others need the memory. Transcripts are
shorter than a step and read as soon as they are here, so they stay.
"""

from __future__ import annotations

import contextlib
import os

STEP_BYTES = 8 << 20


class PageCache:
    """What of one file, written from its start to its end, is still in memory."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._stepped_bytes = 0

    def written(self, size: int) -> None:
        """The file has `size` bytes: the kernel starts to write the last step, and lets go of the one before it."""
        if size - self._stepped_bytes >= STEP_BYTES:
            self._let_go(max(self._stepped_bytes - STEP_BYTES, 0))
            self._stepped_bytes = size

    def finish(self, size: int) -> None:
        """The file has `size` bytes, all of which are on the disk."""
        if size >= STEP_BYTES:
            self._let_go(0)

    def restart(self) -> None:
        self._stepped_bytes = 0

    def _let_go(self, start: int) -> None:
        with contextlib.suppress(OSError):  # advice
            os.posix_fadvise(self._handle, start, 0, os.POSIX_FADV_DONTNEED)
