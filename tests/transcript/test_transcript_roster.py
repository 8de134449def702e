"""Names found in a recording's other files."""

from __future__ import annotations

import json

import pytest

from harvester.transcript.roster import names_in_chat, names_in_timeline


@pytest.mark.parametrize(
    ("chat", "names"),
    [
        ("00:01:02\tAda Kern:\tHello: all\r\n00:01:03\tUnit 7: Bo:\tHi\r\n", {"Ada Kern", "Unit 7: Bo"}),
        ("00:01:02\tAda:\tfirst\nNot a name:\tsecond\r\n", {"Ada"}),
        ("16:02:10\t From  Ada Kern : hello\r\n", {"Ada Kern"}),
        ("16:02:10 From Ada to Everyone:\r\n\thello\r\n16:02:11 From  Bo  to  Everyone : hi\r\n", {"Ada", "Bo"}),
        ("00:01:02\t :\tblank\r\n", set()),
        ("--> no chat at all", set()),
        ("", set()),
    ],
)
def test_chat_senders_are_found(chat: str, names: set[str]):
    """Both layouts of a chat file give their senders; a name keeps its colon in the cloud's layout."""
    assert names_in_chat(chat.encode()) == names


def test_chat_that_is_not_utf8_still_gives_names():
    """A stray byte costs one character, not the roster."""
    assert names_in_chat(b"00:01:02\tAda:\t\xff\r\n") == {"Ada"}


def test_timeline_users_are_found_in_both_lists():
    """Names come from `timeline` and `timeline_refine`, each once, without blanks around them."""
    document = {
        "timeline": [{"ts": "00:00:01.000", "users": [{"username": "Ada "}, {"username": "Unit 7: Bo"}]}],
        "timeline_refine": [{"users": [{"username": "Cem"}, {"username": "Ada"}]}, {"users": []}],
    }
    assert names_in_timeline(json.dumps(document).encode()) == {"Ada", "Unit 7: Bo", "Cem"}


@pytest.mark.parametrize(
    "name", ["Ada \u00dc\U0001f600", 'Ada "Bo": Kern', "back\\slash: it", "x" * 800, "\u4e2d" * 120]
)
def test_a_timeline_user_is_found_however_json_writes_the_name(name: str):
    """Escaped or not, quoted signs and signs of every script included, spaced out or not."""
    for ascii_only, indent in ((True, None), (False, 1)):
        document = json.dumps({"timeline": [{"users": [{"username": name}]}]}, ensure_ascii=ascii_only, indent=indent)
        assert names_in_timeline(document.encode()) == {name}


def test_a_damaged_timeline_gives_the_names_it_still_holds():
    """A cut, a broken escape or a stray byte costs the name it stands in and no other."""
    entry = b'{"ts":"00:00:01.000","users":[{"username":"%s"}]}'
    data = b'{"timeline":[' + b",".join(entry % name for name in (b"Ada", b"\\x", b"\xff", b"Bo"))
    assert names_in_timeline(data + b',{"users":[{"username":"Ce') == {"Ada", "Bo"}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"timeline": None},
        {"timeline": [1, {"users": 2}, {"users": [3]}, {}]},
        {"timeline": [{"users": [{"username": 4}, {"username": " "}, {}]}]},
    ],
)
def test_a_timeline_of_another_shape_gives_no_names(document: object):
    """Missing and mistyped parts are passed over."""
    assert names_in_timeline(json.dumps(document).encode()) == frozenset()


def test_a_name_quoted_in_another_text_is_not_taken():
    """What only looks like a member inside a string is somebody's text."""
    assert names_in_timeline(json.dumps({"topic": '{"username":"Ada"}'}).encode()) == frozenset()
