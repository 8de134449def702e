"""Otter's exports, TXT and SRT. Pure: tells the two apart by their form, and decides which lines are speech.

Neither holds a date. In a TXT export a turn begins with `<speaker>  <M:SS>`; with speakers or times switched off one
half of that line is missing, and with both switched off only paragraphs are left. An SRT export may name the speaker
in front of the speech, as `<speaker>: `, which speech with a colon looks like as well.

Every expression here is held against one line, from its start, and gives nothing back: time grows with length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from harvester.bots.model import Origin, Speech, Utterance
from harvester.bots.speech import build_speech, clean_label, describe_shape
from harvester.errors import Damaged
from harvester.speaker import classify_speaker

_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,2}):([0-5][0-9])")
_STAMP = r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])[,.]([0-9]{3})"
_CUE = re.compile(_STAMP + r" *+--> *+" + _STAMP)
_LIKE_A_CUE = re.compile(r"[0-9][0-9:,. \t]*+-->")
_CUE_NUMBER = re.compile(r"[0-9]{1,9}")
_FOOTER = "transcribed by https://otter.ai"
_LONGEST_LABEL = 64
_SENTENCE_WORDS = 5


class _Head(NamedTuple):
    label: str | None
    start_ms: int


class _Cue(NamedTuple):
    number: str | None
    start_ms: int
    end_ms: int
    lines: list[str]


def read_transcript(text: Any, origin: Origin) -> Speech:  # noqa: ANN401 - JSON, where it is no export
    """Either export. Its times count from what `origin` says. Raises Damaged for what is no text."""
    if not isinstance(text, str):
        raise Damaged(f"it is no export of Otter's: it is {describe_shape(text)}")
    if "\0" in text:
        raise Damaged("it is no export of Otter's: it is no text")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_srt = any(_LIKE_A_CUE.match(line.lstrip()) for line in lines)
    return build_speech(_read_srt(lines) if is_srt else _read_txt(lines), origin)


def _read_txt(lines: list[str]) -> list[Utterance]:
    speech = _without_footer(lines)
    heads = list(_find_heads(speech))
    return list(_read_timed(speech, heads)) if any(heads) else _read_untimed(_split_blocks(speech))


def _without_footer(lines: list[str]) -> list[str]:
    last = next((row for row in range(len(lines) - 1, -1, -1) if lines[row].strip()), None)
    if last is None or lines[last].strip().rstrip("/").casefold() != _FOOTER:
        return lines
    return lines[:last]


def _find_heads(lines: list[str]) -> Iterator[_Head | None]:
    """Of each line, what it says if it heads a turn.

    Two blanks stand before the time, and nobody says two blanks; but a time by itself may be what was said, so that it
    heads a turn only where a block begins.
    """
    begins_block = True
    for line in lines:
        before, _, clock = line.rstrip().rpartition(" ")
        found = _CLOCK.fullmatch(clock)
        label = clean_label(before)
        is_head = found and (begins_block if label is None else before.endswith(" "))
        yield _Head(label, _count_ms([int(each or 0) for each in found.groups()])) if found and is_head else None
        begins_block = not line.strip()


def _read_timed(lines: list[str], heads: list[_Head | None]) -> Iterator[Utterance]:
    """A turn goes on over blank lines until the next head; what stands before the first head has no time."""
    head: _Head | None = None
    body: list[str] = []
    for line, found in zip(lines, heads, strict=True):
        if found or (head is None and not line.strip()):
            if head or body:
                yield _build_turn(head, body)
            head, body = found, []
        else:
            body.append(line)
    if head or body:
        yield _build_turn(head, body)


def _build_turn(head: _Head | None, body: Sequence[str]) -> Utterance:
    label, start_ms = head or (None, None)
    return Utterance(_join(body), start_ms=start_ms, speaker_label=label)


def _read_untimed(blocks: list[list[str]]) -> list[Utterance]:
    """One for every paragraph; its first line is the speaker where the whole file is laid out so."""
    n_of = Counter(block[0].strip() for block in blocks)
    heads = [block[0] for block in blocks if len(block) > 1 and _may_be_name(block[0].strip())]
    has_labels = len(heads) == len(blocks) and any(_is_surely_label(each, n_of[each.strip()]) for each in heads)
    if not has_labels:
        return [Utterance(_join(block)) for block in blocks]
    return [Utterance(_join(block[1:]), speaker_label=clean_label(block[0])) for block in blocks]


def _may_be_name(line: str) -> bool:
    return len(line) <= _LONGEST_LABEL and len(line.split()) <= _SENTENCE_WORDS and not line.endswith((".", "?", "!"))


def _is_surely_label(line: str, n_blocks: int) -> bool:
    """It ends in the two blanks that stand before a time, heads several paragraphs, or is a label Otter gives."""
    name = line.strip()
    return line.endswith("  ") or n_blocks > 1 or (len(name) > 1 and classify_speaker(name)[0] != "named")


def _split_blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return blocks if blocks[-1] else blocks[:-1]


def _read_srt(lines: list[str]) -> list[Utterance]:
    cues = _split_cues(lines)
    pairs = [_split_label(cue.lines) for cue in cues]
    n_of = Counter(label for label, _ in pairs if label)
    is_named = 2 * sum(n_of.values()) >= len(cues)
    found = []
    for cue, (label, speech) in zip(cues, pairs, strict=True):
        is_label = is_named and label is not None and (n_of[label] > 1 or not _reads_like_speech(label))
        found.append(
            Utterance(
                speech if is_label else _join(cue.lines),
                start_ms=cue.start_ms,
                end_ms=cue.end_ms,
                speaker_label=label if is_label else None,
                source_segment_id=cue.number,
            )
        )
    return found


def _split_cues(lines: list[str]) -> list[_Cue]:
    cues: list[_Cue] = []
    held: list[str] = []  # since the last line of times, or since the top
    for line in (each.strip() for each in lines):
        if not _LIKE_A_CUE.match(line):
            held.append(line)
            continue
        found = _CUE.fullmatch(line)
        if not found:
            raise Damaged(f"{line[:40]!r} is no pair of times of a cue")
        number = held.pop() if _ends_in_number(held) else None
        if not cues and any(held):
            raise Damaged("Otter's SRT export begins with what is no cue")
        held = []
        values = [int(each) for each in found.groups()]
        cues.append(_Cue(number, _count_ms(values[:4]), _count_ms(values[4:]), held))
    return cues


def _ends_in_number(held: list[str]) -> bool:
    """The number of the next cue stands alone after a blank line; a number right below other speech was said."""
    return bool(held) and _CUE_NUMBER.fullmatch(held[-1]) is not None and (len(held) == 1 or not held[-2])


def _count_ms(parts: list[int]) -> int:
    """Of hours, minutes, seconds and, where there are any, milliseconds."""
    hours, minutes, seconds, *rest = parts
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + sum(rest)


def _split_label(lines: list[str]) -> tuple[str | None, str]:
    """(what stands before the first colon that a blank follows, the rest), where both are on the first line."""
    first = next((each for each in lines if each), "")
    label, _, speech = first.partition(": ")
    label = label.strip()
    if not speech.strip() or not label or len(label) > _LONGEST_LABEL:
        return None, ""
    return label, _join([speech, *lines[lines.index(first) + 1 :]])


def _reads_like_speech(label: str) -> bool:
    """Asked of labels met once, as in "so we ask ourselves: why?"."""
    return label[0].islower() or len(label.split()) > _SENTENCE_WORDS or any(mark in label for mark in "?!")


def _join(lines: Sequence[str]) -> str:
    return " ".join(each.strip() for each in lines if each.strip())
