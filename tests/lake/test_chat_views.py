"""Chat beside speech, and what was asked in either: one meeting counted by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lake_samples import DAY
from talk_samples import COUNTED, START, Message, meeting
from views_samples import Line, opened, write_lake

CHAT = [
    Message(-1_000, "Cy Dee", "hi"),
    Message(6_000, "Cy Dee", "who is on friday duty?"),
    Message(7_000, "Ana Lima", "me", "reply", "who is on friday..."),
    Message(8_500, "Bo Chen", "", "reaction", "me"),
    Message(15_000, "Bo Chen", "and saturday?"),
    Message(None, "Bo Chen", "when is now"),
]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    return opened(write_lake(tmp_path_factory.mktemp("chat"), [meeting(1, COUNTED, chat=CHAT)]))


def test_one_stream(ask):
    """Speech and chat in the order in which they came; what has no time is there, at the end."""
    rows = ask("SELECT medium, speaker, text, said_at FROM meeting_stream ORDER BY said_at, medium DESC LIMIT 6")
    assert [row[:3] for row in rows] == [
        ("chat", "Cy Dee", "hi"),
        ("speech", "Ana Lima", "shall we ship on friday?"),
        ("speech", "Bo Chen", "no"),
        ("chat", "Cy Dee", "who is on friday duty?"),
        ("chat", "Ana Lima", "me"),
        ("speech", "Ana Lima", "why not, I ask"),
    ]
    assert rows[3][3] == START + timedelta(seconds=6)
    assert ask("SELECT count(*), count(said_at) FROM meeting_stream") == [(15, 14)]


def test_what_was_said_around_a_message(ask):
    """The segment that had begun last, how long ago, and the next one; nothing before the first word."""
    columns = "text, speaker_before, before_ms, speaker_after, text_after"
    assert ask(f"SELECT {columns} FROM chat_beside_speech ORDER BY message_index") == [
        ("hi", None, None, None, None),
        ("who is on friday duty?", "Bo Chen", 1_000, "Ana Lima", "why not, I ask"),
        ("me", "Bo Chen", 2_000, "Ana Lima", "why not, I ask"),
        ("", "Ana Lima", 500, "Cy Dee", "mhm"),
        ("and saturday?", "Ana Lima", 2_500, "Ana Lima", "well"),
        ("when is now", None, None, None, None),
    ]


def test_chat_without_a_transcript_is_there(tmp_path):
    """A meeting in which nothing was transcribed still has its messages, in both views."""
    lake = write_lake(tmp_path, [meeting(1, [], chat=CHAT)])
    ask = opened(lake)
    assert ask("SELECT count(*), count(text_before) FROM chat_beside_speech") == [(6, 0)]
    assert ask("SELECT count(*) FROM meeting_stream") == [(6,)]


def test_questions_and_their_replies(ask):
    """Said or written, with the replies that quote it, whole or as Zoom cuts it; a reaction asks nothing."""
    assert ask("SELECT medium, speaker, text, n_replies, asked_at FROM questions ORDER BY asked_at") == [
        ("speech", "Ana Lima", "shall we ship on friday?", None, START),
        ("chat", "Cy Dee", "who is on friday duty?", 1, START + timedelta(seconds=6)),
        ("chat", "Bo Chen", "and saturday?", 0, START + timedelta(seconds=15)),
    ]


def test_what_answers_what(tmp_path):
    """Only a later reply to that text counts: no message of the same words, no reply to another that begins alike."""
    chat = [
        Message(0, "Bo", "too early", "reply", "when?"),
        Message(1_000, "Ana", "when?"),
        Message(2_000, "Ana", "when? and where?"),
        Message(3_000, "Bo", "noon", "reply", "when?"),
        Message(4_000, "Cy", "here", "reply", "when? and wh\u2026"),
        Message(5_000, "Dee", "at noon?", "reply", "when?"),
        Message(6_000, "Dee", "when?", "reaction", "when?"),
    ]
    ask = opened(write_lake(tmp_path, [meeting(1, [], chat=chat)]))
    assert ask("SELECT message_index, n_replies FROM questions ORDER BY 1") == [(1, 2), (2, 1), (5, 0)]


QUESTIONS = (
    "so?",
    'he said "why?"',
    "(really?) ",
    "行こうか\uff1f",
    "متى؟",
    "τι λες\u037e",
    "τι λες;",
    "Ποιος; »",
    "what?\n",
)
STATEMENTS = ("so", "why? because", "a; b", "well;", "?!", "\u03c4\u03b9; \u03bd\u03b1\u03b9", "", "1 < 2 ? 3")


def test_what_a_question_is(tmp_path):
    """It ends with a question mark of its script, quotes and brackets aside; a semicolon asks in Greek only."""
    texts = [*QUESTIONS, *STATEMENTS]
    lines = [Line(3_000 * place, text) for place, text in enumerate(texts)]
    ask = opened(write_lake(tmp_path, [meeting(1, lines)]))
    assert [text for (text,) in ask("SELECT text FROM questions ORDER BY segment_index")] == list(QUESTIONS)


def test_a_day_of_chat(tmp_path):
    """A condition on the date leaves one day's meeting in each of the views."""
    lake = write_lake(
        tmp_path, [meeting(n, COUNTED, chat=CHAT, day=DAY + timedelta(days=n), clock_ms=n * 86_400_000) for n in (0, 1)]
    )
    ask = opened(lake)
    for view, count in (("meeting_stream", 15), ("chat_beside_speech", 6), ("questions", 3)):
        assert ask(f"SELECT count(*) FROM {view} WHERE date = '{DAY}'") == [(count,)], view
        assert ask(f"SELECT count(*) FROM {view}") == [(2 * count,)], view
