"""CHAT: who wrote what, to whom, and what only reacts to something else.

Zoom's cloud writes `HH:MM:SS<TAB>Name:<TAB>text`, counted from the start of the recording; its client writes
`HH:MM:SS From Name to Everyone:`, by a clock of an unknown zone, with the text behind it or on the next lines.
A message ends with CRLF and may hold LF or a lone CR; a file without CRLF was saved again, and there a message ends
where a line begins with a time. Nothing is dropped: a line that is no message of its own belongs to the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harvester.sidecars.model import Chat, Message, MessageKind
from harvester.sidecars.reactions import tell_kind
from harvester.sidecars.text import decode, parse_stamp, refuse

MAX_NAME_CHARS = 200
_STAMP = r"[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]"
_CLOUD = re.compile(rf"({_STAMP})\t")
_CLIENT = re.compile(rf"({_STAMP})([ \t]{{1,9}})From([ \t]{{1,9}})")
_START = re.compile(rf"{_STAMP}(?:\t|[ \t]{{1,9}}From[ \t])")
_ANY = re.compile(rf"({_STAMP})[ \t]")
_TO = re.compile(r"  to  | to ")
EVERYONE = ("everyone", "everyone in meeting", "hosts and panelists", "all panelists")
_PRIVATE = re.compile(r"\s?\((?:Direct Message|Privately)\)$", re.IGNORECASE)


def read_chat(data: bytes) -> Chat:
    """Every message of a chat file, in its order. Raises Damaged when the file holds something, but no message."""
    text = decode(data)
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(ends)
    start = _START if any(map(_START.match, lines)) else _ANY
    messages: list[Message] = []
    held: list[str] = []
    unread = 0
    for line in lines:
        if start.match(line):
            messages += _read_messages(held)
            held = [line]
        elif held:
            held.append(line)
        else:
            unread += bool(line.strip())
    messages += _read_messages(held)
    if unread and not messages:
        raise refuse("chat", f"none of its {len(lines):,} lines begins with a time")
    return Chat(tuple(messages), unread)


def _read_messages(lines: list[str]) -> Iterator[Message]:
    """The one message of these lines, where there are any; blank ones at its end are no part of it."""
    while lines and not lines[-1].strip():
        lines.pop()
    if lines:
        yield _read_message("\n".join(lines).replace("\r", "\n"))


def _read_message(text: str) -> Message:
    client = _CLIENT.match(text)
    if client and not (client[2] == "\t" and ":\t" in text.partition("\n")[0]):  # else somebody is named "From ..."
        who, said = _split_client(text[client.end() :])
        sender, recipient = _split_recipient(who, is_spaced=len(client[3]) > 1)
        return _build_message(sender, recipient, said, clock_time=client[1])
    if cloud := _CLOUD.match(text):
        who, said = _split_cloud(text[cloud.end() :])
        sender, recipient = _split_direct(who)
        return _build_message(sender, recipient, said, offset_ms=parse_stamp(cloud[1]))
    clock = text[: text.find(":") + len(":00:00")]
    return _build_message(None, None, text[len(clock) :].strip(), clock_time=clock)


def _build_message(
    sender: str | None, recipient: str | None, said: str, *, offset_ms: int | None = None, clock_time: str | None = None
) -> Message:
    told = tell_kind(said)
    if told is None:
        return Message(sender, said, "message", offset_ms, clock_time, recipient)
    kind: MessageKind = "reaction" if told.reaction else "reply"
    removed = told.is_removed or None
    return Message(
        sender, told.text, kind, offset_ms, clock_time, recipient, told.quote, told.reaction, removed, raw_text=said
    )


def _split_cloud(text: str) -> tuple[str | None, str]:
    """(name, text); a name may hold a colon, and ends at the one that a tab follows."""
    first = text.partition("\n")[0]
    at = first.find(":\t")
    if at < 0 and first.endswith(":"):
        at = len(first) - 1
    if at < 0:
        at = first.find(": ")  # saved again with blanks in place of tabs
    return _cut(text, at, at + 2)


def _split_client(text: str) -> tuple[str | None, str]:
    """(who, text); the text stands behind the first " : ", or on the lines after one that ends in a colon."""
    first, _, more = text.partition("\n")
    at = first.find(" : ")
    if at >= 0:
        return _cut(text, at, at + 3)
    if first.rstrip().endswith(":"):
        who = first.rstrip()[:-1]
        return (who, _dedent(more)) if len(who) <= MAX_NAME_CHARS else (None, text)
    at = first.find(": ")
    return _cut(text, at, at + 2)


def _cut(text: str, name_end: int, text_start: int) -> tuple[str | None, str]:
    if not 0 <= name_end <= MAX_NAME_CHARS:
        return None, text
    return text[:name_end], text[text_start:]


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("\t" if line.startswith("\t") else "    ") for line in text.split("\n"))


def _split_recipient(who: str | None, *, is_spaced: bool) -> tuple[str | None, str | None]:
    """(sender, recipient) of "Ana to Everyone"; `is_spaced` files set off their words by two blanks each."""
    if who is None:
        return None, None
    places = list(_TO.finditer(who))
    spaced = [each for each in places if len(each[0]) > len(" to ")]
    for place in reversed(spaced or places):
        recipient = _PRIVATE.sub("", who[place.end() :].strip())
        is_sure = spaced or not is_spaced or recipient.casefold() in EVERYONE or _PRIVATE.search(who)
        if is_sure and recipient and who[: place.start()].strip():
            return who[: place.start()].strip(), recipient
    return who.strip() or None, None


def _split_direct(who: str | None) -> tuple[str | None, str | None]:
    """The same in the cloud's layout, where only a direct message names its recipient."""
    if who is not None and _PRIVATE.search(who):
        return _split_recipient(who, is_spaced=False)
    return (who.strip() or None) if who else None, None
