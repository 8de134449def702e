"""Targets: what lies beside a recording's media. Promises of `harvester.sidecars`."""

from __future__ import annotations

import json
from dataclasses import astuple

from fuzz_model import Target

from harvester.errors import Damaged
from harvester.sidecars import read_chat, read_polls, read_summary, read_timeline, salvage_names
from harvester.sidecars.text import decode

_LINE_ENDS = "\r\n"
_LONGEST_NAME = 200


def check_chat(data: bytes) -> None:
    """Messages or Damaged: every word of the file is in a message or in a line that is counted."""
    try:
        chat = read_chat(data)
    except Damaged as error:
        assert error.message
        return
    text = decode(data)
    assert chat.unread <= text.count("\n") + 1
    for message in chat.messages:
        assert (message.offset_ms is None) != (message.clock_time is None)
        assert (message.kind == "message") == (message.raw_text is None)
        assert (message.kind == "reaction") == (message.reaction is not None)
        for name in (message.sender, message.recipient):
            assert name is None or name == name.strip() != ""
            assert len(name or "") <= _LONGEST_NAME
    if not chat.unread:
        said = "".join("".join(_words(each)) for each in chat.messages)
        assert len(said) <= len(text)
        lost = len("".join(text.split())) - len(said)
        assert lost <= _LONGEST_FRAME * len(chat.messages)
    _assert_storable([astuple(each) for each in chat.messages])


def _words(message: object) -> list[str]:
    said = message.raw_text if message.raw_text is not None else message.text
    return ["".join(each.split()) for each in (message.sender, message.recipient, said) if each]


# Of a message: its time, "From", "to", colons, "(Direct Message)".
_LONGEST_FRAME = len("000:00:00From:to:(DirectMessage)")


def check_timeline(data: bytes) -> None:
    """Stretches or Damaged: entries in = entries of the stretches + unread; no stretch ends before it starts."""
    names = salvage_names(data)
    assert all(name == name.strip() != "" for name in names)
    try:
        timeline = read_timeline(data, length_ms=60_000)
    except Damaged as error:
        assert error.message
        return
    assert timeline.n_entries == timeline.unread + sum(each.n_entries for each in timeline.stretches)
    last_ms = 0
    for each in timeline.stretches:
        assert last_ms <= each.start_ms
        assert each.end_ms is None or each.end_ms >= each.start_ms
        assert set(each.users) <= set(timeline.users)
        last_ms = each.start_ms if each.end_ms is None else each.end_ms
    _assert_storable([astuple(each) for each in timeline.users])


def check_summary(data: bytes) -> None:
    """Pieces of any bytes, never an error; each with the JSON it stands for."""
    for recording_type in (None, "summary_next_steps", "summary_smart_chapters"):
        pieces = read_summary(data, recording_type=recording_type)
        for each in pieces:
            json.loads(each.raw)
            assert each.kind == "other" or each.text or each.title
        _assert_storable([astuple(each) for each in pieces])


def check_polls(data: bytes) -> None:
    """Answers or Damaged; without leave no mail address."""
    try:
        answers, kept = (read_polls(data, keep_emails=each) for each in (False, True))
    except Damaged as error:
        assert error.message
        return
    assert len(answers) == len(kept)
    assert all(each.email is None for each in answers)
    _assert_storable([astuple(each) for each in kept])


def _assert_storable(rows: object) -> None:
    """No lone surrogate: Parquet could not hold it."""
    repr(rows).encode()
    json.dumps(rows, ensure_ascii=False, default=str).encode()


_CHAT = b"00:00:01\tAda: Brandt:\thello\r\n00:00:02 From  Bo : hi\n00:00:03 From Cy to Everyone:\n\tyes\r\n"
_REPLIES = (
    b'00:00:01\tAda:\tReplying to "so..."\n\nyes\r\n00:00:02\tBo:\tReacted to "yes" with \xf0\x9f\x91\x8d\r\n'
    b'00:00:03\tBo:\tRemoved a \xf0\x9f\x91\x8d reaction from "yes"\r\n'
)
_SAVED = b"15:01:39 From Ada to Everyone:\n\thello\n\n\tyou\n16:02:10 From  Bo  to  Cy(Direct Message) : hi\n"
_CHAT_PIECES = (
    b"00:00:01\t",
    b"00:00:02 ",
    b"00:00:02\t ",
    b"From ",
    b" to ",
    b"  to  ",
    b":\t",
    b" : ",
    b":",
    b"\r\n",
    b"\n",
    b"\r",
    b"\t",
    b"a",
    b'Replying to "',
    b'Reacted to "',
    b'" with ',
    b"(Direct Message)",
    b"\0",
    b"\xff\xfe",
    b"\xe2\x80",
)
_TIMELINE = (
    b'{"timeline":[{"ts":"00:00:01.000","users":[{"username":"Ada: B","zoom_userid":"x","user_id":1}]},'
    b'{"ts":"00:00:02.000","users":[]}],"timeline_refine":[]}'
)
_JSON_PIECES = (b"[", b"]", b"{", b"}", b",", b":", b'"\\ud800"', b"1e999", b"null", b"9" * 30, b'"00:00:09.5"')
TARGETS = (
    Target("chat", check_chat, (_CHAT, _REPLIES, _SAVED), _CHAT_PIECES),
    Target(
        "timeline",
        check_timeline,
        (_TIMELINE,),
        (*_JSON_PIECES, b'"timeline":', b'"timeline_refine":', b'"users":', b'"username":', b'"ts":', b'"user_id":'),
    ),
    Target(
        "summary",
        check_summary,
        (
            b'{"overall_summary":"so","items":[{"label":"a","start_time":"00:00:00.000","summary":"b"}]}',
            b"# so\n- it is",
        ),
        (*_JSON_PIECES, b'"items":', b'"summary":', b'"next_steps":', b'"label":', b'"text"'),
    ),
    Target(
        "polls",
        check_polls,
        (b"Poll Report\r\n#,Name,User Email,Question,Answer\r\n1,Ada,a@example.com,So?,Yes,More?,No\r\n",),
        (b",", b";", b"\n", b'"', b"Name", b"User Email", b"Question 1", b"Answer", b"a@b", b"\xff\xfe", b"\0", b"#"),
    ),
)
