"""What a bot hears: the words of the meeting's own transcript with times of their own, about one in twenty wrong.

Which words differ depends on the seed alone, so that the agreement of two sources has a known truth. Pure; the last few
hearings are kept, as one answer asks for the same one several times.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bots.model import Hearing
from harvester.sandbox.render import Cue

_STAMP = re.compile(
    r"(\d{2,}):(\d{2}):(\d{2})\.(\d{3}) --> (\d{2,}):(\d{2}):(\d{2})\.(\d{3})\r?\n(.+?)(?=\r?\n\r?\n|\Z)", re.DOTALL
)
_MISHEARD_SHARE = 0.05
_MISHEARD = ("lantern", "quarry", "velvet", "tundra", "copper", "meadow", "saddle", "walnut", "harpoon", "juniper")
_UNSURE = 0.41
_STOPS = r"\u3001\u3002\uff0c\uff01\uff1f"  # the stops of Chinese and Japanese, which is written without blanks
_PIECES = re.compile(rf"[^\s{_STOPS}]+[{_STOPS}]*|[{_STOPS}]+")
_TAIL = re.compile(r"[\W_]*\Z")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
)


@dataclass(frozen=True, slots=True)
class Word:
    """Times in milliseconds from the recording's start."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Utterance:
    """One cue as heard. `speaker` is empty, and `person` None, where nobody was recognised."""

    speaker: str
    person: int | None  # place among the names
    language: str
    words: tuple[Word, ...]

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.words[-1].end_ms

    @property
    def text(self) -> str:
        pieces = [self.words[0].text]
        for before, word in zip(self.words, self.words[1:], strict=False):
            glued = _is_unspaced(before.text[-1]) and _is_unspaced(word.text[0])
            pieces.append(word.text if glued else f" {word.text}")
        return "".join(pieces)


def read_cues(
    files: Sequence[SandboxFile], names: Iterable[str], *, from_at: datetime, late_ms: int = 0
) -> Iterator[Cue]:
    """The cues of a meeting's transcripts, counted from a moment; `late_ms` is by how much that clock is ahead."""
    known = sorted((f"{name}: " for name in names), key=len, reverse=True)
    for file in files:
        shift_ms = (file.start_at - from_at) // timedelta(milliseconds=1) + late_ms
        for match in _STAMP.finditer(file.body.read(0, file.body.size).decode()):
            fields = [int(each) for each in match.groups()[:8]]
            speaker, text = _split(" ".join(match[9].split("\n")).replace("\r", ""), known)
            yield Cue(_to_ms(fields[:4]) + shift_ms, _to_ms(fields[4:]) + shift_ms, speaker, text)


@functools.lru_cache(maxsize=8)
def listen(hearing: Hearing) -> tuple[Utterance, ...]:
    """All that was heard of what began inside the recording."""
    chance = random.Random(hearing.seed)
    inside = (cue for cue in hearing.cues() if 0 <= cue.start_ms < hearing.length_ms and cue.text.strip())
    return tuple(_hear(cue, hearing.names, chance) for cue in inside)


def _to_ms(fields: Sequence[int]) -> int:
    hours, minutes, seconds, ms = fields
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def _split(said: str, known: Sequence[str]) -> tuple[str, str]:
    """Speaker and text. A name may hold a colon, so that the names decide where they are known."""
    for prefix in known:
        if said.startswith(prefix):
            return prefix[:-2], said.removeprefix(prefix)
    speaker, colon, text = said.partition(": ")
    return (speaker, text) if colon and not known else ("", said)


def _hear(cue: Cue, names: Sequence[str], chance: random.Random) -> Utterance:
    texts = _PIECES.findall(cue.text)
    total, length_ms = sum(map(len, texts)), cue.end_ms - cue.start_ms
    words, before = [], 0
    for text in texts:
        start_ms, before = cue.start_ms + length_ms * before // total, before + len(text)
        end_ms = cue.start_ms + length_ms * before // total
        is_wrong = chance.random() < _MISHEARD_SHARE
        confidence = _UNSURE if is_wrong else round(chance.uniform(0.82, 0.995), 3)
        shown = chance.choice(_MISHEARD) + (tail[0] if (tail := _TAIL.search(text)) else "") if is_wrong else text
        words.append(Word(shown, start_ms, end_ms, confidence, is_wrong))
    language = next((name for name, script in _SCRIPTS if script.search(cue.text)), "en")
    person = names.index(cue.speaker) if cue.speaker in names else None
    return Utterance(cue.speaker, person, language, tuple(words))


def _is_unspaced(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\uff65"
