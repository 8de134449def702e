"""What kind of filesystem a path lies on, from the kernel's own table of mounts. Decides which kinds are no home.

SQLite's log and `flock` need one machine's own filesystem: over a network two processes may each believe that they
hold the lock.
"""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "ocfs2"}
    | {"gfs2", "coda", "ncpfs", "vboxsf", "prl_fs"}  # the last two are folders of a virtual machine's host
)
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def find_kind(path: Path, mounts: str) -> str | None:
    """Name of the filesystem that holds an existing absolute path; None where the table does not say.

    `mounts` is the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
    """
    best, found = -1, None
    for line in mounts.splitlines():
        head, dash, tail = line.partition(" - ")
        fields, kinds = head.split(), tail.split()
        if not dash or len(fields) < 5 or not kinds:  # noqa: PLR2004 - the mount point is the fifth field
            continue
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4])
        # of two mounts on one point the later one is seen
        if path.is_relative_to(point) and len(point) >= best:
            best, found = len(point), kinds[0]
    return found


def is_network(kind: str) -> bool:
    """Whether locks and the ledger's log cannot be relied on; every kind of FUSE counts as one."""
    return kind in _NETWORK or kind == "fuse" or kind.startswith("fuse.")


def is_in_memory(kind: str) -> bool:
    """Whether a restart of the machine or the container empties it."""
    return kind in _IN_MEMORY
