"""Talks for generated meetings: a few dozen per seed, rendered once and then filled with the meeting's own key.

Rendering every transcript of ten thousand meetings anew made a page of the listing take a second, only to learn sizes.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

from harvester.sandbox.render import (
    Cue,
    Line,
    build_cues,
    render_captions,
    render_chat,
    render_timeline,
    render_transcript,
)

_COUNT = 48
_KEY = b"@KEY@"
_NAMES = (
    "Ada Brandt",
    "Iván | Taller 4",
    "Łucja Nowak",
    "Mira Sorel [Kite/Harbour]",
    "Noor + Felix 🚲",
    "Chidi Okafor (Ops)",
    "Yuki 由紀",
    "Tove’s Tablet ",  # noqa: RUF001  phones name themselves so
    "pk77",
    "Dr. Selin Aksoy",
    "O'Neill, Rory F.",
    "أمل حداد",
)
_SENTENCES = (
    "Let us start with the open points from last time.",
    "I moved the deadline to Thursday, and nobody has complained so far.",
    "Yes.",
    "The numbers look better than in spring: eleven per cent up.",
    "Could you share the page with the diagram again?",
    "We measured it at 10:30, and again after lunch.",
    "Right, and R&D wants a copy of that.",
    "I would rather wait until the tests have run twice.",
    "Das besprechen wir am Montag noch einmal in Ruhe.",
    "Quedamos en que lo revisa el equipo de datos.",
    "では、次の議題に移りましょう。",
    "Okay, thank you, everybody. That is all from my side.",
    "One more thing about the invoice: it has to leave the house before the end of the month, whatever happens.",
)
_WRITER = "Lab3: Ina Holt"  # who never speaks, and whose name holds a colon
_PLAIN, _LINES = "{text}", "{text}\nMore of it on a line of its own."
_FORMS = (
    *(_PLAIN,) * 5,
    *('Replying to "{quote}"\n\n{text}',) * 3,
    'Reacted to "{quote}" with 👍',
    'A réagi à "{quote}" avec ❤️',
    _LINES,
)
_QUOTED_CHARS = 20


@dataclass(frozen=True, slots=True, eq=False)  # hashed by identity: one object per talk, looked up very often
class Template:
    """One talk and its chat. The first line holds a place for the key that makes every file differ."""

    names: tuple[str, ...]
    cues: tuple[Cue, ...]
    chat: tuple[tuple[int, str, str], ...]

    @property
    def length_s(self) -> int:
        return self.cues[-1].end_ms // 1000 + 5


def template_of(seed: int, index: int, cues: int) -> Template:
    """Choose the talk of a meeting; `cues` is the usual number of its cues."""
    return _build_template(seed, index % _COUNT, cues)


def fill(template: Template, kind: str, key: str) -> bytes:
    """Render one of the talk's files for the meeting `key`."""
    return _render(template, kind).replace(_KEY, key.encode())


@functools.lru_cache(maxsize=4 * _COUNT)
def _build_template(seed: int, number: int, cues: int) -> Template:
    chance = random.Random(f"{seed}:{number}")
    names = tuple(chance.sample(_NAMES, chance.randint(2, 6)))
    speaker = names[0]
    lines: list[Line] = [(speaker, f"Good morning, this is meeting {_KEY.decode()}.")]
    for _ in range(max(1, int(cues * chance.uniform(0.5, 1.5)))):
        if chance.random() < 0.4:  # noqa: PLR2004
            speaker = chance.choice(names)
        named = chance.random() > 0.02  # noqa: PLR2004
        lines.append((speaker if named else "", chance.choice(_SENTENCES)))
    return Template(names, tuple(build_cues(lines, seed=number)), _build_chat(chance, names))


def _build_chat(chance: random.Random, names: tuple[str, ...]) -> tuple[tuple[int, str, str], ...]:
    """Some messages, of which some answer or react to the last one that did neither, and some have several lines."""
    at_s, quoted = 0, ""
    messages: list[tuple[int, str, str]] = []
    for index in range(chance.randint(0, 12)):
        at_s += chance.randint(1, 60)
        text = chance.choice(_SENTENCES) if index else f"Notes of {_KEY.decode()}"
        form = chance.choice(_FORMS) if index > 1 else _PLAIN
        if form in {_PLAIN, _LINES}:
            quoted = text
        quote = quoted if len(quoted) <= _QUOTED_CHARS else f"{quoted[:_QUOTED_CHARS]}..."
        messages.append((at_s, chance.choice((*names, _WRITER)), form.format(text=text, quote=quote)))
    return tuple(messages)


@functools.lru_cache(maxsize=16 * _COUNT)
def _render(template: Template, kind: str) -> bytes:
    match kind:
        case "transcript":
            return render_transcript(template.cues)
        case "captions":
            return render_captions(template.cues)
        case "chat":
            return render_chat(template.chat)
        case _:
            refined = len(template.names) % 2 == 0
            return render_timeline(template.cues, refined=refined).replace(
                b"example.com/p/", b"example.com/" + _KEY + b"/"
            )
