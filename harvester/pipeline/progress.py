"""What a run tells whoever watches. The library calls it; a door (a terminal bar, plain lines, nobody) shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Calls come from several threads for `advance`, from the coordinator's for the rest."""

    def listing(self, what: str) -> None:
        """A window is being listed."""
        ...

    def expect(self, *, files: int, size_bytes: int) -> None:
        """More files are to be fetched, with the size their listing gives."""
        ...

    def advance(self, size_bytes: int) -> None:
        """Bytes arrived."""
        ...

    def file_done(self, *, failed: bool) -> None: ...

    def publishing(self, what: str) -> None:
        """A partition is being published."""
        ...

    def checking(self, what: str) -> None:
        """A day is being verified."""
        ...


class Silent:
    """Shows nothing."""

    def listing(self, what: str) -> None: ...

    def expect(self, *, files: int, size_bytes: int) -> None: ...

    def advance(self, size_bytes: int) -> None: ...

    def file_done(self, *, failed: bool) -> None: ...

    def publishing(self, what: str) -> None: ...

    def checking(self, what: str) -> None: ...
