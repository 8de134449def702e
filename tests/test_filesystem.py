"""Which filesystem a folder lies on, and which are no place for a ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from harvester.filesystem import MOUNTS, find_kind, is_in_memory, is_network

TABLE = r"""
21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
24 21 0:22 / /proc rw,nosuid shared:12 - proc proc rw
41 21 0:36 / /srv rw,relatime shared:20 master:3 - nfs4 nas:/export rw,vers=4.2
42 41 0:37 / /srv/fast\040disk rw - xfs /dev/vdb rw
43 21 0:38 / /home/u/drive rw - fuse.sshfs host:/ rw
44 21 0:39 / /mnt rw - ext4 /dev/vdc rw
45 44 0:40 / /mnt rw - cifs //nas/share rw
half a line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/harvest", "ext4"),
        ("/srv/zoom", "nfs4"),
        ("/srv/fast disk/zoom", "xfs"),
        ("/srvother", "ext4"),
        ("/home/u/drive", "fuse.sshfs"),
        ("/mnt/x", "cifs"),
    ],
)
def test_the_closest_mount_counts(path, kind):
    """The longest mount point above the path, escapes undone, the later of two on one point."""
    assert find_kind(Path(path), TABLE) == kind


def test_a_table_without_an_answer():
    """Nothing is guessed."""
    assert find_kind(Path("/x"), "") is None


def test_this_machine_knows_its_own_folders(tmp_path):
    """The kernel's table is read as it is."""
    assert find_kind(tmp_path.resolve(), MOUNTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "fuse", "smb3"])
def test_kinds_that_are_no_home(kind):
    """Locks of one machine are not seen by another on these."""
    assert is_network(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "fuseblk"])
def test_kinds_that_are_local(kind):
    """A local disk, also one that a user-space driver reads (fuseblk); memory is told apart."""
    assert not is_network(kind)
    assert is_in_memory(kind) == (kind == "tmpfs")
