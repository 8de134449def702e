"""The general reader: any WebVTT, through webvtt-py, with the guards that it lacks.

webvtt-py 0.6 finds the blocks as the W3C text does, but takes short and malformed times, any Unicode blank, and NUL,
and drops a bad cue without a word. So its input is prepared (every "-->" line is either normal or unmistakably bad)
and its output is counted. With that it meets all 37 file tests of the web platform suite.
"""

from __future__ import annotations

import re

import numpy as np
import webvtt

from harvester.transcript.model import Cues

_STAMP = r"(?:[0-9]+:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}"
_BLANKS = r"[\t\f ]*"
# Whatever follows the end time is settings, except a fourth digit: that makes the time malformed (W3C).
_TIMES = re.compile(rf"{_BLANKS}({_STAMP}){_BLANKS}-->{_BLANKS}({_STAMP})(?![0-9])")
_ARROW = "-->"
_NOT_SPEECH = ("NOTE", "STYLE", "REGION")


def parse_general(text: str) -> Cues:
    """Cues of any text that starts with the WebVTT signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    arrows = _normalise_arrow_lines(lines)
    prepared = "\n".join(lines)
    captions = webvtt.from_string(prepared).captions
    n_cues = len(captions)
    return Cues(
        ids=[caption.identifier for caption in captions],
        start_ms=np.fromiter((c.start_time.in_milliseconds() for c in captions), np.int64, n_cues),
        end_ms=np.fromiter((c.end_time.in_milliseconds() for c in captions), np.int64, n_cues),
        text=[caption.raw_text for caption in captions],  # `.text` would drop words between "<" and ">"
        arrows=arrows,
        rejected=arrows - n_cues,
        warnings=("text_outside_cues",) if _has_stray_text(prepared) else (),
    )


def _normalise_arrow_lines(lines: list[str]) -> int:
    """Rewrite every "-->" line in place, as plain times or as a bare arrow that no reader accepts; count them."""
    arrows = 0
    for row, line in enumerate(lines):
        if _ARROW not in line:
            continue
        arrows += 1
        if row:  # the signature line is never a cue
            times = _TIMES.match(line)
            lines[row] = f"{times[1]} --> {times[2]}" if times else _ARROW
    return arrows


def _has_stray_text(prepared: str) -> bool:
    """True when text belongs to no cue, such as a second paragraph after a blank line."""
    blocks = iter(prepared.split("\n\n"))
    next(blocks)  # the header may say what it likes
    for block in blocks:
        before, arrow, _ = block.lstrip("\n").partition(_ARROW)
        is_stray = before.count("\n") > 1 if arrow else bool(before)  # one line before the times is the cue's id
        if is_stray and not before.startswith(_NOT_SPEECH):
            return True
    return False
