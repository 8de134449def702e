from __future__ import annotations

import signal
import time

from oracle import check_archive, check_lake


def test_a_second_run_and_an_interrupted_one_say_so_at_once(make_rig, tiny_account):
    """While one run works another ends with 11; the first ends with 130 on SIGTERM, and the next run finishes."""
    rig = make_rig(tiny_account, faults=["file:slow=2000:always"])
    first = rig.spawn("nightly", "--since", "30d")
    try:
        while not any(each.kind == "file" for each in rig.box.requests):
            assert first.poll() is None
            time.sleep(0.01)
        started = time.monotonic()
        second = rig.call("nightly", "--since", "30d")
        assert second.code == 11
        assert time.monotonic() - started < 10  # the first goes on for minutes
        assert str(first.pid) in second.err
        assert rig.call("rebuild").code == 11  # the same lock guards it
        first.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert first.wait(timeout=15) == 130
        assert time.monotonic() - started < 10
    finally:
        first.kill()
        first.wait()
    rig.box.faults.clear()
    ran = rig.call("nightly", "--since", "30d", "--json")
    assert ran.code == 0, ran.err
    check_archive(rig)
    check_lake(rig)
