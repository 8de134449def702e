from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field

import pytest
from oracle import ask, check_archive, check_lake
from rig import assert_sentence

from harvester.sandbox import SandboxAccount, generate_account
from harvester.sandbox.bodies import BytesBody

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TOPICS = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "../../../../etc/passwd",
    "long " * 2048 + "topic",
    "first line\r\nsecond line: INFO run.finished exit_code=0",
    "\u202egnp.exe \x9b31m \x00 [bold]markup[/bold] '; DROP TABLE runs; --",
)


def hostile_account() -> SandboxAccount:
    made = generate_account(meetings=len(TOPICS), seed=9, days=4, cues=3, media_bytes=1500)
    meetings = []
    for topic, meeting in zip(TOPICS, made.meetings, strict=True):
        name = topic.replace("\r\n", " ").replace("\x00", "")[:60].encode()
        speech = b"WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:02.000\r\n" + name + b": hello " + name + b"\r\n"
        files = tuple(
            dataclasses.replace(
                each,
                recording_type=f"../../{each.recording_type}",
                body=BytesBody(speech) if each.file_type == "TRANSCRIPT" else each.body,
            )
            for each in meeting.files or ()
        )
        meetings.append(dataclasses.replace(meeting, topic=topic, files=files))
    return dataclasses.replace(made, meetings=tuple(meetings))


def test_hostile_topics_and_names_stay_data(make_rig, quick):
    """No control byte reaches the terminal, no path leaves the archive, and the lake holds the words as they came."""
    rig = make_rig(hostile_account())
    lone = rig.box.account.meetings[0]
    rig.box.faults.add(f"download:html:always:path={lone.files[0].id}")
    ran = rig.call("nightly", "--since", "30d")
    assert ran.code == 3, ran.said
    said = [ran.said]
    for words in (
        ["status"],
        ["runs"],
        ["query", "--format", "table", "SELECT topic, speaker, text FROM transcript"],
        ["query", "--format", "table", "SELECT topic FROM recordings"],
        ["meeting", lone.uuid],
    ):
        ran = rig.call(*words)
        assert ran.code in {0, 3}, ran.said
        said.append(ran.said)
    for text in said:
        assert not (found := CONTROL.search(text)), f"{found.group()!r} in {text[max(0, found.start() - 80) :][:160]!r}"
    rig.box.faults.clear()
    assert rig.call("nightly", "--since", "30d").code == 0
    check_archive(rig)
    check_lake(rig)
    assert {topic for (topic,) in ask(rig.lake, "SELECT topic FROM recordings")} == set(TOPICS)
    written = {each.resolve() for each in rig.cwd.parent.rglob("*") if each.is_file()}
    assert all(rig.home.resolve() in each.parents for each in written)


@dataclass(slots=True)
class EndlessTalk:
    """A VTT of any size that needs no memory: one cue, over and over."""

    size: int
    cue: bytes = field(
        default=b"\r\n1\r\n00:00:01.000 --> 00:00:02.000\r\nAda Brandt: and so on and so on\r\n", init=False
    )

    def read(self, offset: int, length: int) -> bytes:
        head = b"WEBVTT\r\n"
        end = min(offset + length, self.size)
        taken = head[offset:end]
        start = max(offset - len(head), 0)
        wanted = end - offset - len(taken)
        skip = start % len(self.cue)
        many = self.cue * (wanted // len(self.cue) + 2)
        return taken + many[skip : skip + wanted]

    def revise(self, _revision: int) -> EndlessTalk:
        return self


@pytest.mark.slow
def test_a_transcript_too_large_to_read_is_archived_and_said(make_rig):
    """300 MB of VTT are archived with bounded memory; exit code 3 names the setting; raising it is the remedy."""
    made = generate_account(meetings=1, seed=2, days=2, cues=3, media_bytes=1500)
    meeting = made.meetings[0]
    files = tuple(
        dataclasses.replace(each, body=EndlessTalk(300 * 2**20)) if each.file_type == "TRANSCRIPT" else each
        for each in meeting.files
    )
    rig = make_rig(dataclasses.replace(made, meetings=(dataclasses.replace(meeting, files=files),)))
    ran = rig.run("nightly", "--json", env={"HARVESTER_TRANSCRIPT_LIMIT": "1000000"})
    assert ran.code == 3, ran.said
    assert ran.peak_bytes < 400 * 10**6
    check_archive(rig)
    assert ask(rig.lake, "SELECT status FROM files WHERE error IS NOT NULL") == [("archived",)]
    again = rig.call("nightly", "--json", env={"HARVESTER_TRANSCRIPT_LIMIT": "1000000"})
    assert (again.code, again.json["bytes_downloaded"]) == (0, 0)
    assert_sentence(ran, "HARVESTER_TRANSCRIPT_LIMIT", "archived")
