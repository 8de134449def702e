r"""One part as subtitles: WebVTT, which comes back as it went, and SRT, which every player takes.

WebVTT names the speaker in a voice span, `<v Ana Lima>`: only there a name may hold a colon, text may begin like a name
with one, and `&`, `<`, `>` and `-->` can be written (as `&amp;` and so on). What `harvester.transcript.read_transcript`
makes of it has the same index, times, speaker label and text for each segment, also where these are odd; only times
before 0 become 0. Where nobody is named at all, the first cue has a voice without a name, so that what it says is not
taken for one. A segment without times gets those of `fill_times`.

SRT has no such means. The speaker stands before the text, `Ana Lima: `. A cue that ends no later than it starts lasts
until the next one starts, at least 1 ms; blank lines go, `-->` becomes `->`, and a cue that says nothing is left out.
"""

from __future__ import annotations

import re

from harvester.lake.export.model import Part, Said, fill_times

_HOUR_MS, _MINUTE_MS, _SECOND_MS = 3_600_000, 60_000, 1_000
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;"})
_LEADING_BLANKS = re.compile(r"^[ \t]+")
_NOBODY = "&#32;"
_NOTHING = "<c></c>"


def render_vtt(part: Part) -> str:
    """The whole file; without a segment its header alone."""
    numbers = [each.source_segment_id or "" for each in part.segments]
    if not all(each.isascii() and each.isdigit() for each in numbers):
        numbers = [str(place) for place in range(1, len(numbers) + 1)]
    is_nameless = not any(_is_named(each) for each in part.segments)
    cues = ["WEBVTT\n"]
    for place, (number, each, (start, end)) in enumerate(
        zip(numbers, part.segments, fill_times(part.segments), strict=True)
    ):
        voice = _render_voice(each.label) if _is_named(each) else _NOBODY if is_nameless and not place else None
        times = f"{_stamp(start, '.')} --> {_stamp(end, '.')}"
        cues.append(f"{number}\n{times}\n{_render_speech(each.text, voice)}\n")
    return "\n".join(cues)


def render_srt(part: Part) -> str:
    """The whole file; without a segment it is empty."""
    filled = fill_times(part.segments)
    following = [*(start for start, _ in filled), 0][1:]
    cues: list[str] = []
    for each, (start, end), after in zip(part.segments, filled, following, strict=True):
        lines = [line for line in re.split(r"[\r\n]+", each.text.replace("-->", "->")) if line.strip()]
        if not lines:
            continue
        name = f"{_one_line(each.speaker)}: " if each.speaker else ""
        begins = max(start, 0)
        ends = end if end > begins else max(begins + 1, after)
        text = "\n".join([f"{name}{lines[0]}", *lines[1:]])
        cues.append(f"{len(cues) + 1}\n{_stamp(begins, ',')} --> {_stamp(ends, ',')}\n{text}\n")
    return "\n".join(cues)


def _is_named(said: Said) -> bool:
    return bool(said.label and said.label.strip())


def _render_voice(label: str | None) -> str:
    """A name as the reader of voice spans gives it back: it would drop blanks in front, and `-->` ends a cue."""
    name = (label or "").translate(_ESCAPES)
    name = _LEADING_BLANKS.sub(lambda blanks: "".join(f"&#{ord(each)};" for each in blanks[0]), name)
    return f"{name[:-1]}&#45;" if name.endswith("-") else name


def _render_speech(text: str, voice: str | None) -> str:
    """The payload on one line; never an empty one, which some readers pass over."""
    said = text.translate(_ESCAPES)
    return f"<v {voice}>{said}</v>" if voice else said or _NOTHING


def _one_line(text: str | None) -> str:
    return " ".join((text or "").replace("-->", "->").split())


def _stamp(at_ms: int, point: str) -> str:
    """00:00:00.000; from 100 hours on with more digits in front."""
    at_ms = max(at_ms, 0)
    minutes, rest = at_ms % _HOUR_MS // _MINUTE_MS, at_ms % _MINUTE_MS
    return f"{at_ms // _HOUR_MS:02}:{minutes:02}:{rest // _SECOND_MS:02}{point}{rest % _SECOND_MS:03}"
