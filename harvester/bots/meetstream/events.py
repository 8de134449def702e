"""One webhook body in our terms. Pure: decides which events mean work; never whether a body is MeetStream's.

Both spellings are taken: newer events are named by `bot_event`, with the reason in it, older ones by `event`. An error
of a bot is no end of it, and what participants do is only noted.
"""

from __future__ import annotations

from harvester.bots.events import build_event
from harvester.bots.scrub import build_scrubber
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.event import Event, Intent, Mention
from harvester.model import Json
from schemas.meetstream import WebhookBody

_HARVEST = frozenset(
    {
        "bot.stopped", "bot.kicked", "bot.notallowed", "bot.denied", "bot.failed", "bot.done",
        "audio.processed", "video.processed", "transcription.processed", "transcription.failed", "data_deletion",
    }
)  # fmt: skip
_SPOKEN = ("transcript", "utterance", "utterances", "segments", "words", "new_text")
_SCRUBBER = build_scrubber(volatile=_SPOKEN)


def read_event(body: Json) -> Event:
    """Raises Damaged for a body that names no event, or no bot where there is something to do about it."""
    said = read_model(WebhookBody, body, what="an event of MeetStream's")
    name = said.bot_event or said.event
    if name is None:
        raise Damaged("the body names no event", hint="only MeetStream's webhooks are expected here")
    kept = _SCRUBBER.scrub(body)
    if name.casefold() not in _HARVEST:
        return build_event(name, Intent.NOTE, kept, happened_at=said.timestamp)
    if said.bot_id is None:
        raise Damaged(f"{name} names no bot", hint="only MeetStream's webhooks are expected here")
    return build_event(name, Intent.HARVEST, kept, mentions=[Mention(said.bot_id)], happened_at=said.timestamp)
