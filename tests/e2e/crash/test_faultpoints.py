"""The library that strikes: it misses nothing that changes the disk, and does nothing unless a test arms it."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from launcher import Launcher
from rig import Rig

from crash.faultpoints import Action, Fault, build_library, read_trace
from crash.scenes import NIGHTLY, Stage, first_account
from harvester.sandbox import Sandbox

# every system call by which a process could change a file or send bytes, also those that nothing here uses
CALLS = re.findall(
    r"\w+",
    """
    open openat openat2 creat write writev pwrite64 pwritev pwritev2 fsync fdatasync sync syncfs sync_file_range
    rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat rmdir mkdir mkdirat truncate ftruncate
    fallocate chmod fchmod fchmodat chown fchown lchown fchownat flock sendto sendmsg sendmmsg sendfile splice
    copy_file_range mknod mknodat utimensat setxattr lsetxattr fsetxattr removexattr fremovexattr
""",
)
# how the kernel sees a call of the C library
SEEN_AS = {"open": "openat", "creat": "openat", "send": "sendto", "pwrite": "pwrite64"}
_LINE = re.compile(r"^\d+ +(\w+)\((.*)")
_OPENED = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


def seen_by_strace(log: Path, root: Path) -> Counter[str]:
    """Calls on what lies below `root`, or on a socket, from the moment at which the library was armed."""
    counted: Counter[str] = Counter()
    armed = False
    for line in log.read_text(errors="replace").splitlines():
        armed = armed or f"{root.name}.trace" in line
        found = _LINE.match(line)
        if not armed or not found or "resumed>" in line:
            continue
        call, about = found.groups()
        about = re.sub(r'AT_FDCWD<[^>]*>, "/', '"/', about)  # an absolute path is not below the folder we stand in
        below = re.search(rf'{re.escape(str(root))}[/>"]', about) or re.match(r'"(?!/)', about)
        if call.startswith("open") and not _OPENED.search(about):
            continue
        if below or "<socket:" in about or "<TCP:" in about:
            counted[call] += 1
    return counted


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace to compare with")
def test_the_library_counts_every_call_that_strace_sees(place, tmp_path):
    """A first night under both: the same calls, as often, so that no sweep leaves a moment out."""
    log = tmp_path / "strace"
    under = ("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "0", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    cwd = tmp_path / "home"
    cwd.mkdir()
    with Sandbox(first_account()) as box, Launcher(preload=build_library(tmp_path), under=under) as launcher:
        stage = Stage(Rig(box, cwd), launcher)
        ran = stage.run(*NIGHTLY, arm=Fault(Action.COUNT).arming(cwd, stage.trace))
    assert ran.code == 0, ran.err
    counted = Counter(SEEN_AS.get(each.call, each.call) for each in read_trace(stage.trace))
    assert counted == seen_by_strace(log, cwd)
    assert sum(counted.values()) > 300


def test_a_run_that_is_not_armed_is_left_alone(place, tmp_path):
    """Loaded, but not armed by a test: nothing is counted and nothing strikes."""
    _, launcher = place
    with Sandbox(first_account()) as box:
        stage = Stage(Rig(box, tmp_path), launcher)
        assert stage.run(*NIGHTLY).code == 0
        assert read_trace(stage.trace) == []
