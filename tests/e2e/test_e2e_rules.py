"""A lake whose rows were made by other rules than a run's: another version's, or under other settings."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from oracle import check_lake, snapshot

NIGHT = ("nightly", "--since", "30d", "--json")
OTHERS = {"HARVESTER_MERGE_GAP": "0"}


def test_a_changed_setting_makes_the_lake_again(tiny):
    """The next run has every row by its own rules, as a rebuild would, without a download; and the one after rests."""
    assert tiny.call(*NIGHT).code == 0
    before = snapshot(tiny.lake, identity=False)
    found = tiny.call("verify", "--deep", "--json", env=OTHERS)
    assert (found.code, [each["problem"] for each in found.json["findings"]]) == (0, ["other_version"])
    ran = tiny.call(*NIGHT, env=OTHERS)
    assert (ran.code, ran.json["files_archived"]) == (0, 0)
    changed = snapshot(tiny.lake, identity=False)
    assert {name.partition("/")[0] for name in changed if changed[name] != before[name]} == {"turns"}
    assert tiny.call("verify", "--deep", "--json", env=OTHERS).json["findings"] == []
    held = snapshot(tiny.lake)
    assert tiny.call(*NIGHT, env=OTHERS).code == 0
    assert snapshot(tiny.lake) == held
    assert tiny.call("rebuild", env=OTHERS).code == 0
    assert snapshot(tiny.lake) == held


def test_a_lake_of_an_older_version_is_made_again(tiny):
    """A ledger that knows of an older reader, or of none at all, has the lake made anew before anything is added."""
    assert tiny.call(*NIGHT).code == 0
    whole = snapshot(tiny.lake, identity=False)
    for rules in ({"readers": {"zoom": "0"}}, None):
        with closing(sqlite3.connect(tiny.state / "ledger.sqlite")) as ledger, ledger:
            ledger.execute("DELETE FROM meta WHERE name = 'rules'")
            if rules:
                ledger.execute("INSERT INTO meta VALUES ('rules', ?)", (json.dumps(rules),))
        victim = next(tiny.lake.glob("segments/*/zoom-*.parquet"))
        victim.write_bytes(b"what an older version wrote")
        assert tiny.call(*NIGHT).code == 0
        assert snapshot(tiny.lake, identity=False) == whole
    check_lake(tiny)


def test_repair_makes_the_whole_lake_by_one_set_of_rules(tiny):
    """One damaged day does not become the only one that was made by today's settings."""
    assert tiny.call(*NIGHT).code == 0
    next(tiny.lake.glob("segments/*/zoom-*.parquet")).write_bytes(b"torn")
    assert tiny.call("repair", env=OTHERS).code == 0
    assert tiny.call("verify", "--deep", "--json", env=OTHERS).json["findings"] == []
