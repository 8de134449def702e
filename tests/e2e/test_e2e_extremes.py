"""A listing in which single recordings are impossible: each costs itself at most, and the night goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from oracle import ask, check_lake, read_entries
from rig import assert_sentence

from harvester.sandbox import Fault

TODAY = datetime.now(UTC).date()


def nested(levels: int) -> list:
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


def meeting(uuid: str, **fields: object) -> dict[str, object]:
    return {"uuid": uuid, "start_time": f"{TODAY}T00:00:00Z", "duration": 5, "recording_files": [], **fields}


IMPOSSIBLE = [
    meeting("nested", new_field=nested(300)),
    meeting("u" * 300),
    meeting("eyJhbGciOiJIUzI1NiJ9.canary"),
    meeting("https://zoom.us/rec/share/canary"),
]
ODD = [
    meeting("first-day", start_time="0001-01-01T00:00:00Z"),
    meeting("last-day", start_time="9999-12-31T23:59:59Z", duration=1e308),
    meeting("long", duration=2**63),
    meeting(
        "both-ends",
        recording_files=[
            {
                "id": "f",
                "file_type": "MP4",
                "file_size": 2**63 - 1,
                "recording_start": "0001-01-01T00:00:00Z",
                "recording_end": "9999-12-31T23:59:59Z",
            }
        ],
    ),
    *(meeting(uuid) for uuid in (".", "..", "a\0b", "../../x", "Case", "cASE", "\u00e9", "e\u0301", "CON", "x" * 180)),
]


def serve(rig, meetings) -> None:
    page = {"from": str(TODAY - timedelta(days=29)), "to": str(TODAY + timedelta(days=1)), "meetings": meetings}
    rig.box.faults.add(Fault("listing", "status", 200, times=None, body=json.dumps(page).encode()))


def test_an_impossible_recording_costs_only_itself(tiny):
    """Too deep, too long, secret for an id, at the ends of the calendar: said one by one, and the others are kept."""
    serve(tiny, [*IMPOSSIBLE, *ODD])
    ran = tiny.call("nightly", "--json")
    assert ran.code == 3
    assert_sentence(ran, "levels deep", "cannot be a folder name", "without a usable uuid")
    assert len(ran.json["errors"]) == len(IMPOSSIBLE)
    assert ran.json["gaps"] == []
    assert "canary" not in ran.said
    folders = [entry["folder"] for entry in read_entries(tiny.archive).values()]
    assert len(set(folders)) == len(ODD) - 1  # `last-day` lies beyond the window that was asked
    assert all(tiny.archive in each.resolve().parents for each in folders)
    check_lake(tiny)


def test_the_next_nights_are_not_bent_by_it(tiny):
    """After the impossible listing a usual one is harvested whole, and a rebuilt ledger lists from a real day."""
    serve(tiny, [*IMPOSSIBLE, *ODD])
    tiny.call("nightly", "--json")
    tiny.box.faults.clear()
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert len(ran.json["errors"]) == 0, ran.said
    archived = ask(tiny.lake, "SELECT count(*) FROM files WHERE status = 'archived'")
    assert archived == [(len(tiny.box.truth()),)]
    rebuilt = tiny.call("rebuild", "--ledger", "--json")
    assert rebuilt.code == 0, rebuilt.said
    check_lake(tiny)
    assert "listed completely up to 9999" not in tiny.call("status").said


def test_a_refusal_nested_without_end_is_a_refusal(tiny):
    """A 404 whose body is a hundred thousand brackets is read as a 404."""
    video = max((file.body.size, file.id) for each in tiny.box.account.meetings for file in each.files or ())[1]
    tiny.box.faults.add(Fault("file", "status", 404, times=None, path=video, body=b"[" * 60_000))
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert ran.code == 3, ran.said
    assert_sentence(ran, "the server answered 404")
    assert len(ran.json["errors"]) == 1
