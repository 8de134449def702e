"""A meeting as Markdown for people: who met, then turn by turn who said what and when, the chat in its place.

Decides that nothing that was said becomes markup, and that a message stands before the first turn that began after it.
Times count from the start of the recording, or of the part of a paused one; chat without a time stands at the end.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from harvester.lake.cells import make_safe
from harvester.lake.export.model import Meeting, Message, Part

# Whatever CommonMark or GFM takes for markup within a line, and what closes a heading; a backslash makes it text.
_MARKUP = re.compile(r"([\\`*_\[\]<~$]|&(?=#?\w+;)|(?<=\s)#+$)")
_SECOND_MS = 1000


def render_minutes(meeting: Meeting) -> str:
    """The whole document."""
    recording = meeting.recording
    lines = [f"# {_plain(recording.topic or 'Meeting')}", "", *_describe(meeting), ""]
    placed, unplaced = _place(meeting.parts, meeting.chat)
    for number, (part, entries) in enumerate(zip(meeting.parts, placed, strict=True), 1):
        name = "Transcript" if part.kind == "transcript" else "Captions"
        title = f"{name}, part {number} of {len(meeting.parts)}" if len(meeting.parts) > 1 else name
        lines += [f"## {title}", ""]
        if part.t0_at:
            lines += [f"Times count from {_clock(part.t0_at)}.", ""]
        for entry in entries:
            lines += [entry, ""]
    if unplaced:
        lines += ["## Chat", ""]
        for each in unplaced:
            lines += [_write_message(each, _offset(each.offset_ms)), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _describe(meeting: Meeting) -> Iterator[str]:
    recording = meeting.recording
    ended = f" to {_clock(recording.ended_at)}" if recording.ended_at else ""
    yield f"- Date: {recording.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}{ended or ' UTC'}"
    if host := recording.host_email or recording.host_id:
        yield f"- Host: {_plain(host)}"
    if meeting.participants:
        yield f"- Participants: {', '.join(map(_plain, meeting.participants))}"
    yield f"- Recording: {_plain(recording.recording_key)} ({_plain(recording.source)})"
    corrected = sum(each.is_corrected for part in meeting.parts for each in part.segments)
    if corrected:
        yield f"- Corrected by hand: {corrected} of {sum(len(part.segments) for part in meeting.parts)} segments"


def _place(parts: Sequence[Part], chat: Iterable[Message]) -> tuple[list[list[str]], list[Message]]:
    """The entries of each part in order, and the messages that have no place among them."""
    unplaced = [each for each in chat if not each.sent_at]
    timed = sorted(((each.sent_at, each) for each in chat if each.sent_at), key=lambda pair: pair[0])
    waiting = deque(timed)
    placed: list[list[str]] = []
    for position, part in enumerate(parts):
        entries = []
        for turn in part.turns:
            first = part.segments[turn.first]
            while waiting and first.start_at and waiting[0][0] < first.start_at:
                sent_at, message = waiting.popleft()
                entries.append(_write_message(message, _since(part, sent_at, message)))
            text = " ".join(each.text for each in part.spoken(turn))
            entries.append(_write(_offset(first.start_ms), first.speaker or "(nobody named)", text))
        if position == len(parts) - 1 and part.t0_at:
            entries += [_write_message(each, _since(part, sent_at, each)) for sent_at, each in waiting]
            waiting.clear()
        placed.append(entries)
    return placed, [*(each for _, each in waiting), *unplaced]


def _since(part: Part, sent_at: datetime, message: Message) -> str | None:
    """When, as the times of that part count."""
    return _offset((sent_at - part.t0_at) // timedelta(milliseconds=1) if part.t0_at else message.offset_ms)


def _write_message(message: Message, offset: str | None) -> str:
    to = f" to {message.recipient}" if message.recipient and message.recipient != "Everyone" else ""
    text = message.text
    if message.kind == "reaction":
        verb = "took back" if message.is_removed else "gave"
        text = f"{verb} {message.reaction or 'a reaction'} for {message.reply_to or 'a message'}"
    elif message.reply_to:
        text = f"(on {message.reply_to}) {text}"
    return "> " + _write(offset, f"{message.sender or '(nobody named)'}{to}, chat", text)


def _write(offset: str | None, who: str, text: str) -> str:
    """One paragraph; the words in front keep what follows from opening a list or a heading."""
    time = f"{offset} " if offset else ""
    return f"{time}**{_plain(who)}:** {_plain(text)}".rstrip()


def _plain(text: str) -> str:
    """The text on one line, without anything that Markdown, HTML or a terminal would obey."""
    return _MARKUP.sub(r"\\\1", make_safe(" ".join(text.split())))


def _offset(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    seconds = abs(at_ms) // _SECOND_MS
    return f"{'-' if at_ms < 0 else ''}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"
