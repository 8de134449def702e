"""Chat files: whose message begins and ends where, and what kind it is."""

from __future__ import annotations

import pytest

from harvester.errors import Damaged
from harvester.sidecars import Message, read_chat

REAL = {  # messages of each kind in the public samples
    "chat_pm_colon_name.txt": {"message": 196, "reply": 29, "reaction": 86},
    "chat_zse_20240124.txt": {"message": 8, "reaction": 4},
    "chat_pm_cl_breakout.txt": {"message": 5},
    "chat_tsc_20230112.txt": {"message": 4},
    "chat_old_from.txt": {"message": 18},
    "chat_cactus_arrow.txt": {"message": 2},
}


def read_one(text: str) -> Message:
    (message,) = read_chat(text.encode()).messages
    return message


def test_a_message_ends_with_crlf_and_with_nothing_else():
    """LF and a lone CR stay inside a message, even before what looks like a time; CRLF ends it."""
    data = b"00:00:05\tAda:\tone\ntwo\rthree\n00:00:06\tBo:\tquoted\r\n00:00:07\tCy:\tnext\r\n"
    messages = read_chat(data).messages
    assert [(each.sender, each.offset_ms) for each in messages] == [("Ada", 5000), ("Cy", 7000)]
    assert messages[0].text == "one\ntwo\nthree\n00:00:06\tBo:\tquoted"


def test_a_file_that_was_saved_again_is_cut_at_its_times():
    """Without any CRLF a message ends where a line begins with a time and a tab; blank lines inside stay."""
    messages = read_chat(b"00:00:05\tAda:\tone\n\n10:30 is fine\n00:00:06\tBo:\ttwo\n\n").messages
    assert [(each.sender, each.text) for each in messages] == [("Ada", "one\n\n10:30 is fine"), ("Bo", "two")]


@pytest.mark.parametrize(
    ("line", "sender", "recipient", "text", "clock_time"),
    [
        ("00:01:02\tAda Kern:\tHello: all", "Ada Kern", None, "Hello: all", None),
        ("00:01:02\tUnit 7: Bo:\tHi", "Unit 7: Bo", None, "Hi", None),
        ("00:01:02\tTablet :\tHi", "Tablet", None, "Hi", None),
        ("00:01:02\tFrom Here:\tHi", "From Here", None, "Hi", None),
        ("00:01:02\tAda: saved with blanks", "Ada", None, "saved with blanks", None),
        ("00:01:02\tno name at all", None, None, "no name at all", None),
        ("00:01:02\tAda to Bo(Direct Message):\tpsst", "Ada", "Bo", "psst", None),
        ("16:02:10\t From  Ada Kern : hello: you", "Ada Kern", None, "hello: you", "16:02:10"),
        ("16:02:10\t From  Ada : see:\tthis", "Ada", None, "see:\tthis", "16:02:10"),
        ("16:02:10 From  Ada  to  Everyone : hi", "Ada", "Everyone", "hi", "16:02:10"),
        ("16:02:10 From  Ada  to  Bo(Direct Message) : hi", "Ada", "Bo", "hi", "16:02:10"),
        ("16:02:10\t From  Road to Nowhere : hi", "Road to Nowhere", None, "hi", "16:02:10"),
        ("16:02:10 From Road to X to Everyone:\r\n\thi\r\n\r\n\tyou", "Road to X", "Everyone", "hi\n\nyou", "16:02:10"),
        ("16:02:10 From Ada to Bo (Privately):\r\n\thi", "Ada", "Bo", "hi", "16:02:10"),
        ("16:02:10 Von Ada an Alle:", None, None, "Von Ada an Alle:", "16:02:10"),
    ],
)  # fmt: skip
def test_who_writes_to_whom(line, sender, recipient, text, clock_time):
    """Both layouts give sender, recipient and text; only the cloud's has an offset, only the client's a clock."""
    message = read_one(f"{line}\r\n")
    assert (message.sender, message.recipient, message.text) == (sender, recipient, text)
    assert message.clock_time == clock_time
    assert message.offset_ms == (None if clock_time else 62_000)
    assert (message.kind, message.raw_text) == ("message", None)


@pytest.mark.parametrize(
    ("text", "quote", "reaction"),
    [
        ('Reacted to "so: "quoted" wi..." with 👍🏻', 'so: "quoted" wi...', "👍🏻"),
        ('Heeft gereageerd op "Target" met 👍', "Target", "👍"),
        ('A réagi à "Yes, it is so..." avec 🎉', "Yes, it is so...", "🎉"),
        ('Hat auf "alles klar" mit 🎉 reagiert', "alles klar", "🎉"),
        ('Se ha reaccionado a "qué tal" con 🧠', "qué tal", "🧠"),
    ],
)
def test_a_reaction_in_the_senders_language(text, quote, reaction):
    """It has no text of its own, quotes as Zoom cut it, and keeps what the file says."""
    message = read_one(f"00:00:01\tAda:\t{text}\r\n")
    said = (message.kind, message.text, message.reply_to, message.reaction, message.is_removed, message.raw_text)
    assert said == ("reaction", "", quote, reaction, None, text)


def test_a_reaction_that_was_taken_back():
    """It is a reaction that says so."""
    message = read_one('00:00:01\tAda:\tRemoved a ❤️ reaction from "Hi"\r\n')
    assert (message.kind, message.reply_to, message.reaction, message.is_removed) == ("reaction", "Hi", "❤️", True)


@pytest.mark.parametrize("head", ["Replying to", "Antwoord verzenden naar", "Répondre à", "Respondiendo a"])
def test_a_reply_in_the_senders_language(head):
    """Its text is what was answered, in all its lines."""
    message = read_one(f'00:00:01\tAda:\t{head} "Gm "all" :)"\n\ngm\nand more\r\n')
    assert (message.kind, message.text, message.reply_to) == ("reply", "gm\nand more", 'Gm "all" :)')
    assert message.raw_text == f'{head} "Gm "all" :)"\n\ngm\nand more'


@pytest.mark.parametrize(
    "text",
    ['Reacted to "x" with\njoy', "Reacted to x with 👍", 'Replying to "x" just so', 'Reacted to "x" with ' + "y" * 60],
)
def test_what_only_looks_like_one_stays_a_message(text):
    """Words that are no reaction and no reply in Zoom's own form are kept as they were written."""
    assert read_one(f"00:00:01\tAda:\t{text}\r\n").text == text


def test_what_is_no_chat_is_refused_and_an_empty_one_is_not():
    """Without any message there is a reason, unless there is nothing at all; a line before the first one is counted."""
    assert read_chat(b"").messages == read_chat(b"\r\n \r\n").messages == ()
    with pytest.raises(Damaged, match="not a chat"):
        read_chat(b"<html>Sign in</html>\n")
    chat = read_chat(b"\xef\xbb\xbfMeeting chat\r\n00:00:01\tAda:\thi\r\n")
    assert (len(chat.messages), chat.unread) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_chat_in_another_encoding(encoding):
    """A file that was saved again in an editor is read by its bytes."""
    assert read_chat("00:00:01\tZoë:\tça va\r\n".encode(encoding)).messages[0].text == "ça va"


@pytest.mark.parametrize("name", REAL)
def test_every_byte_of_the_public_samples_is_accounted_for(real, name):
    """As many messages as there are, of the kinds that were counted; written again they are the file, byte by byte."""
    data = real(f"transcripts/{name}")
    chat = read_chat(data)
    kinds = [each.kind for each in chat.messages]
    assert ({kind: kinds.count(kind) for kind in dict.fromkeys(sorted(kinds))}, chat.unread) == (
        dict(sorted(REAL[name].items())),
        0,
    )
    end = "\r\n" if b"\r\n" in data else "\n"
    again = "".join(_render(each, name) + end for each in chat.messages)
    assert _without_blanks_at_names(again) == _without_blanks_at_names(data.decode())


def _render(message: Message, name: str) -> str:
    text = message.text if message.raw_text is None else message.raw_text
    if message.clock_time:
        return f"{message.clock_time}\t From  {message.sender} : {text}"
    seconds = (message.offset_ms or 0) // 1000
    blank = " " if name == "chat_tsc_20230112.txt" else "\t"  # saved again without tabs
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}\t{message.sender}:{blank}{text}"


def _without_blanks_at_names(text: str) -> str:
    return text.replace(" :\t", ":\t")
