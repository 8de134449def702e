"""The preloaded library as Python sees it: which calls are counted, what strikes at one, what the trace tells.

Says which errors the kernel may give which call (the manual pages of section 2), so that no sweep proves anything
about a fault that cannot happen.
"""

from __future__ import annotations

import errno
import shutil
import subprocess
from dataclasses import dataclass
from enum import IntEnum, IntFlag, auto
from pathlib import Path

SOURCE = Path(__file__).with_name("faultpoints.c")
COMPILER = shutil.which("cc")
NO_COMPILER = "no C compiler (cc) to build the fault points with"


class Kind(IntFlag):
    """Bits of `enum kind` in faultpoints.c."""

    OPEN = auto()
    WRITE = auto()
    SYNC = auto()
    RENAME = auto()
    LINK = auto()
    UNLINK = auto()
    RMDIR = auto()
    TRUNCATE = auto()
    MKDIR = auto()
    CHMOD = auto()
    SYMLINK = auto()
    ALLOCATE = auto()
    SEND = auto()
    LOCK = auto()
    READ_OPEN = auto()


class Action(IntEnum):
    """`enum action` in faultpoints.c."""

    COUNT = 0
    KILL_BEFORE = 1
    KILL_AFTER = 2
    FAIL = 3
    FAIL_DONE = 4  # the call is carried out, and an error is reported all the same
    SHORTEN = 5


CHANGING = ~Kind.READ_OPEN & ((Kind.READ_OPEN << 1) - 1)
_NEW_NAME = Kind.OPEN | Kind.RENAME | Kind.LINK | Kind.MKDIR | Kind.SYMLINK
_ON_DISK = CHANGING & ~Kind.SEND & ~Kind.LOCK
ERRORS: dict[int, Kind] = {
    errno.ENOSPC: _NEW_NAME | Kind.WRITE | Kind.SYNC | Kind.ALLOCATE,
    errno.EDQUOT: _NEW_NAME | Kind.WRITE | Kind.SYNC | Kind.ALLOCATE,
    errno.EIO: _ON_DISK | Kind.READ_OPEN,
    errno.EMFILE: Kind.OPEN | Kind.READ_OPEN,
    errno.EINTR: Kind.OPEN
    | Kind.READ_OPEN
    | Kind.WRITE
    | Kind.SYNC
    | Kind.TRUNCATE
    | Kind.ALLOCATE
    | Kind.LOCK
    | Kind.SEND,
    errno.EROFS: _ON_DISK & ~Kind.WRITE & ~Kind.SYNC,
    errno.ECONNRESET: Kind.SEND,
}
PASSING_ONLY = frozenset({errno.EINTR})
"""A call that is interrupted for ever would be tried for ever, by Python (PEP 475) as by everybody else."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes at the `at`-th counted call, and (`lasting`) at every one after it."""

    action: Action
    at: int = 0
    counted: Kind = CHANGING
    error: int = 0
    lasting: bool = False

    def __str__(self) -> str:
        what = self.action.name.lower().replace("_", " ")
        if self.error:
            what = f"{errno.errorcode[self.error]}{' though done' if self.action is Action.FAIL_DONE else ''}"
        return f"{what}{' from here on' if self.lasting else ''}"

    def arming(self, root: Path, trace: Path) -> tuple[int | str, ...]:
        """Arguments of `faultpoint_arm`: only what lies below `root`, and what is sent, is counted."""
        return str(root), str(trace), int(self.counted), self.at, int(self.action), self.error, int(self.lasting)


@dataclass(frozen=True, slots=True)
class Point:
    """One counted call as it stands in a trace."""

    number: int
    kind: Kind
    call: str
    about: str
    struck: bool

    def __str__(self) -> str:
        return f"#{self.number} {self.call} {self.about}"


def build_library(folder: Path) -> Path:
    """Compile the library into `folder`; ask `COMPILER` first."""
    assert COMPILER, NO_COMPILER
    made = folder / "faultpoints.so"
    command = [COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", made, SOURCE, "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def read_trace(path: Path) -> list[Point]:
    """The counted calls in order; a call that ended the process is the last one."""
    points = []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        number, kind, call, about, struck = line.split("\t")
        points.append(Point(int(number), Kind(int(kind)), call, about, struck == "1"))
    return points
