"""The voice dialect: `<v Name>text</v>`, as Teams and podcast tools write it. Zoom never does (0 of 157,561 cues).

Only here are tags removed and entities decoded; in Zoom's dialects `&` and `<` are plain characters.
"""

from __future__ import annotations

import html
import re

# "<" ends every tag early, so that a run of unclosed tags costs linear time.
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t\n]+([^<>]*)>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang)(?:[.\s][^<>]*)?>|<[0-9]+:[0-9:.]*>")
_STARTS = ("<v ", "<v.", "<v\t")


def is_voiced(texts: list[str]) -> bool:
    """True when a cue starts with a voice span."""
    return any(text.startswith(_STARTS) for text in texts)


def split_voice(text: str) -> tuple[str | None, str, bool]:
    """(label, speech, whether several people share the cue, who then cannot be told apart)."""
    voices = list(dict.fromkeys(html.unescape(voice) for voice in _VOICE.findall(text)))
    speech = html.unescape(_TAG.sub("", text))
    label = voices[0] if len(voices) == 1 and voices[0].strip() else None
    return label, speech, len(voices) > 1


def split_voices(texts: list[str]) -> tuple[list[str | None], list[str], bool]:
    """Labels and speech of all cues of a file, and whether some cue is shared."""
    rows = [split_voice(text) for text in texts]
    return [row[0] for row in rows], [row[1] for row in rows], any(row[2] for row in rows)
