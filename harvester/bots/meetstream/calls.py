"""MeetStream's API as calls: listings, details, where files are, and what is asked of a bot. Pure.

Decides paths, parameters and bodies, by the published OpenAPI document of 2026-09-11 and, where it is silent, by the
live answers that MeetStream's own plug-in describes. Never decides what an answer means for a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from harvester.bots.ids import quote_id
from harvester.bots.meetstream.payload import ANSWER, find_id, keep_request, read_bot
from harvester.bots.meetstream.progress import find_progress, is_waiting
from harvester.bots.meetstream.runs import (
    AUDIO,
    CAPTIONS,
    CHAT,
    PARTICIPANTS,
    TIMELINE,
    VIDEO,
    find_recognisers,
    find_runs,
    makes_transcripts,
)
from harvester.bots.members import keep_said, read_members
from harvester.bots.provider import Address, Call, Order, Page, Place
from harvester.bots.speech import describe_shape
from harvester.bots.validation import read_listed, read_model
from harvester.errors import Damaged, Pending, Refused
from harvester.model import Json, Window
from schemas.meetstream import Bot, BotPage
from schemas.tolerant import read_count, read_items, read_text

_FILES = {
    PARTICIPANTS: "get_participants",
    CHAT: "get_chats",
    TIMELINE: "get_speaker_timeline",
    AUDIO: "get_audio",
    VIDEO: "get_video",
}
_ADDRESSES = {AUDIO: "audio_url", VIDEO: "video_url"}
_REPLAYED = frozenset({507})  # which elsewhere says that there is no room
_OWN_RECOGNISER = {"meetstream": {"language": "auto", "translate": False}}


def build_listing(window: Window) -> Call:
    """A day more on both sides: which moment counts is not documented, nor whether `to` is included."""
    day = timedelta(days=1)
    return Call("/bots", {"from": str(window.start - day), "to": str(window.end + day)})


def read_page(call: Call, answer: Any) -> Page:  # noqa: ANN401 - JSON has no narrower type
    """Bots that are only planned are left out. Raises Damaged for a page that announces another and leads to none."""
    bots = read_listed(answer, "bots", what="page of MeetStream's bots")
    page = read_model(BotPage, answer, what=ANSWER)
    if page.has_next_page and page.next_cursor is None:
        raise Damaged("a page of MeetStream's bots announces another one and gives no cursor to it")
    follows = page.next_cursor is not None and page.has_next_page is not False
    following = replace(call, query={**call.query, "cursor": page.next_cursor or ""}) if follows else None
    return Page(tuple(each for each in bots if _has_begun(each)), following)


def build_details(native_id: str) -> dict[str, Call]:
    return {"detail": Call(_path(native_id, "detail")), "runs": Call(_path(native_id, "transcriptions"), absent=True)}


def join_details(native_id: str, answers: Mapping[str, Any]) -> Json:
    """The members of a bot's details, and its runs as `transcriptions`. Raises Damaged for another bot's details."""
    answer, runs = answers.get("detail"), answers.get("runs")
    details = read_members(answer).get("bot_details")
    if not isinstance(details, dict):
        raise Damaged(f"these are no details of a bot: it is {describe_shape(answer)}", subject=native_id)
    named = {"BotID": native_id, **details}
    if find_id(named) != native_id:
        raise Damaged("these are the details of another bot", subject=native_id)
    listed = runs.get("transcriptions") if isinstance(runs, dict) else []
    # anything but a list says nothing of runs, and must not pass for there being none
    known = {"transcriptions": read_items(listed)} if isinstance(listed, list) else {}
    return keep_request({**named, **known})


def locate(payload: Json, key: str) -> Place | None:
    """None once the media have expired.

    A 404 says that there never was such a document, but of media and transcripts also that they are not made yet.
    """
    bot = read_bot(payload)
    if find_progress(bot).is_expired:
        return None
    if key == CAPTIONS:
        address = _read_address(payload.get("caption_file"))
        return Address(address) if address else None
    if key in _FILES:
        return Call(_path(find_id(payload), _FILES[key]), absent=key not in _ADDRESSES)
    run = find_runs(bot).get(key)
    if run is None or run.transcript_id is None:
        return None
    return Call(f"/transcript/{quote_id(run.transcript_id)}/get_transcript")


def read_address(key: str, answer: Any) -> str:  # noqa: ANN401
    """Raises Pending where there is none yet, as in an answer of status 202."""
    name = _ADDRESSES.get(key)
    if name is None or not (answer is None or isinstance(answer, dict)):
        raise Damaged(f"it is no address of a file {key!r}: it is {describe_shape(answer)}")
    said = (answer or {}).get(name)
    if said is None or said == "":
        raise Pending(f"MeetStream gives no address of the {key} yet")
    address = _read_address(said)
    if address is None:
        raise Damaged(f"what MeetStream gives as {name} is no address of a file")
    return address


def build_send(order: Order) -> Call:
    """Two orders with the same key send one bot: the second is answered with the first one's."""
    if order.zoom_obf_token is not None:
        raise Refused(
            "MeetStream takes no OBF token itself",
            hint="give the address from which it can get the token when the bot joins",
        )
    if order.zoom_obf_token_url is not None and order.zoom_zak_url is not None:
        raise Refused("MeetStream takes an OBF token or a ZAK, not both", hint="give the address of one of them")
    if order.bot_name is None:
        raise Refused("MeetStream sends no bot without a name", hint="give the name it shall have in the meeting")
    body = keep_said(
        meeting_link=order.meeting_url,
        bot_name=order.bot_name,
        custom_attributes=dict(order.extra),
        zoom=keep_said(obf_url=order.zoom_obf_token_url, zak_url=order.zoom_zak_url),
    )
    headers = {} if order.key is None else {"Idempotency-Key": order.key}
    return Call("/bots/create_bot", method="POST", body=body, headers=headers, accepted=_REPLAYED)


def read_sent(answer: Any) -> str:  # noqa: ANN401
    """Any answer with the id of a bot is good: a replay's status is 507, and its bot the one that was sent first."""
    bot_id = read_text(read_members(answer).get("bot_id"))
    if bot_id is None:
        raise Damaged(f"the answer names no bot: it is {describe_shape(answer)}")
    return bot_id


def build_remove(bot_id: str) -> Call:
    """A GET, by the OpenAPI document and both SDKs, although it changes something."""
    return Call(_path(bot_id, "remove_bot"))


def build_delete(bot_id: str) -> Call:
    return Call(_path(bot_id, "delete"), method="DELETE")


def find_undeleted(answer: Any) -> str | None:  # noqa: ANN401
    """The number of deleted objects is the only proof there is; 0 says that there was nothing left."""
    said = read_members(answer).get("deleted_objects")
    return None if read_count(said) is not None else "MeetStream does not say how many objects it deleted"


def build_retranscribe(payload: Json) -> Call:
    """With the recogniser of the newest run and its settings, else the one asked for, else MeetStream's own."""
    request = {"provider": _find_recogniser(payload)}
    return Call(_path(find_id(payload), "transcribe"), method="POST", body=request)


def _find_recogniser(payload: Json) -> Json:
    """From the payload as it came: scrubbing takes settings away that only look like secrets."""
    bot = read_model(Bot, keep_request(payload), what=ANSWER)
    runs = [each for each in bot.transcriptions if each.provider and makes_transcripts(each.provider)]
    if runs:
        newest = max(runs, key=lambda each: (each.created_at is not None, each.created_at))
        return {newest.provider or "": read_members((newest.model_extra or {}).get("config"))}
    asked = find_recognisers(bot)
    return {asked[0]: {}} if asked else _OWN_RECOGNISER


def _path(bot_id: str, name: str) -> str:
    return f"/bots/{quote_id(bot_id)}/{name}"


def _read_address(value: object) -> str | None:
    """The address of a file as it can be asked for; None for anything else, such as the mark that scrubbing leaves."""
    address = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc else None


def _has_begun(entry: Json) -> bool:
    """Also of an entry that cannot be read: whoever describes it says why."""
    try:
        return not is_waiting(read_bot(entry))
    except Damaged:
        return True
