"""Meeting BaaS v2 as a provider: what to ask, what to send, and which answers mean that it was done.

Pure. Decides which listings cover a window, as far as the API reaches back; what an answer says of a bot is
`payload_v2`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harvester.bots.ids import quote_id
from harvester.bots.meetingbaas import common, payload_v2
from harvester.bots.meetingbaas.events import read_event
from harvester.bots.meetingbaas.transcript import read_v2
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Call, Order, Page, Place
from harvester.bots.speech import clean_label, describe_shape
from harvester.bots.validation import read_listed, read_model
from harvester.errors import Damaged, Refused
from harvester.event import Event
from harvester.model import Json, ListedFile, Person, Recording, Window
from schemas.meetingbaas import AnswerV2

_BOTS = "/v2/bots"
_MOST_ON_A_PAGE = "250"
_DAY = timedelta(days=1)
_FURTHEST = 89 * _DAY  # the API says 90, counted from a moment that we do not know
_NOT_BEGUN = frozenset({"queued", "pickup_delayed", "scheduled"})


class MeetingBaasV2:
    """The second version. Its paths and members are those of its OpenAPI 2.0.0, `retranscribe` of the SDK (6.x)."""

    name = payload_v2.SOURCE
    title = "Meeting BaaS v2"
    calls_per_second = None
    listings_per_second = None

    def build_headers(self, key: str) -> Mapping[str, str]:
        return common.build_headers(key)

    def build_listings(self, window: Window, *, today: date) -> Sequence[Call]:
        """What ended since, and what was created then; a day more on each side.

        A moment of creation that the API would refuse, in the future or more than 90 days ago, is left out, and so is
        a listing by creation that would lie beyond.
        """
        furthest, first, end = today - _FURTHEST, window.start - _DAY, window.end + 2 * _DAY
        before = {"created_before": _write(end)} if furthest <= end <= today else {}
        listings = [{"ended_after": _write(first), **before}]
        if end > furthest:
            listings.append({"created_after": _write(min(max(first, furthest), today)), **before})
        return [Call(_BOTS, {"limit": _MOST_ON_A_PAGE, **each}) for each in listings]

    def find_unlistable(self, window: Window, *, today: date) -> str | None:
        furthest = today - _FURTHEST
        if window.start >= furthest:
            return None
        return (
            f"Meeting BaaS v2 lists by creation no bot from before {furthest.isoformat()}: of earlier days it lists"
            " those alone that ended since, and whether it lists all of them is not documented"
        )

    def read_page(self, call: Call, answer: Any) -> Page:  # noqa: ANN401 - JSON has no narrower type
        said = _open_envelope(answer)
        bots = read_listed(answer, "data", what="page of Meeting BaaS v2's bots")
        payloads = (each for each in bots if clean_label(each.get("status")) not in _NOT_BEGUN)
        following = replace(call, query={**call.query, "cursor": said.cursor}) if said.cursor else None
        return Page(tuple(payloads), following)

    def build_details(self, native_id: str) -> Mapping[str, Call]:
        """Where the transcription stands is said by the second of them alone."""
        path = _build_path(native_id)
        return {"bot": Call(path), "status": Call(f"{path}/status", absent=True)}

    def join_details(self, native_id: str, answers: Mapping[str, Any]) -> Json:
        """The details of the bot, with `transcription_status`. Raises Damaged."""
        bot = _read_data(answers.get("bot"))
        status = None if answers.get("status") is None else _read_data(answers["status"]).get("transcription_status")
        return {"bot_id": native_id, **bot, **({} if status is None else {"transcription_status": status})}

    def list_recordings(self, bot_id: str, answers: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG002
        """The bot itself: it makes one recording."""
        return [bot_id]

    def locate(self, payload: Json, key: str) -> Place | None:
        """Everything is at an address, which is good for four hours."""
        return payload_v2.locate(payload, key)

    def read_address(self, key: str, answer: Any) -> str:  # noqa: ANN401
        common.refuse_address(key, answer)

    def find_id(self, payload: Json) -> str:
        return payload_v2.find_id(payload)

    def describe(self, payload: Json) -> Recording:
        return payload_v2.describe(payload)

    def scrub(self, payload: Json) -> Json:
        return payload_v2.scrub(payload)

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_v2(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        return payload_v2.read_people(payload, documents)

    def read_event(self, body: Json) -> Event:
        return read_event(body, payload_v2.scrub)

    def build_send(self, order: Order) -> Call:
        """All members are documented.

        There is no key against a second bot. A lock of five minutes on the meeting is what there is, and the key goes
        with what the caller attaches. Raises Refused for a token itself: only an address of one is taken.
        """
        if not order.bot_name:
            raise Refused("Meeting BaaS v2 sends no bot without a name", hint="give the bot a name")
        if order.zoom_obf_token is not None:
            raise Refused(
                "a Zoom OBF token is not handed to Meeting BaaS v2 itself", hint="give the address that returns one"
            )
        tokens = {"obf_token_url": order.zoom_obf_token_url, "zak_token_url": order.zoom_zak_url}
        body = keep_said(
            meeting_url=order.meeting_url,
            bot_name=order.bot_name,
            extra={**order.extra, **({} if order.key is None else {"deduplication_key": order.key})},
            allow_multiple_bots=None if order.key is None else False,
            zoom_config=keep_said(**tokens),
        )
        return Call(_BOTS, method="POST", body=body)

    def read_sent(self, answer: Any) -> str:  # noqa: ANN401
        """Without the words of a refusal, which may repeat a token of the order."""
        said = read_model(AnswerV2, answer, what=common.ANSWER)
        return common.read_sent(None if said.success is False else said.data)

    def build_remove(self, bot_id: str) -> Call:
        return Call(f"{_build_path(bot_id)}/leave", method="POST")

    def build_delete(self, bot_id: str) -> Call:
        """At the recogniser as well. Refused with 409 unless the bot has completed or failed."""
        return Call(f"{_build_path(bot_id)}/delete-data", {"delete_from_provider": "true"}, method="DELETE")

    def find_undeleted(self, answer: Any) -> str | None:  # noqa: ANN401
        said = read_model(AnswerV2, read_members(answer), what=common.ANSWER)
        if said.success is True:
            return None
        return said.message or said.code or "Meeting BaaS does not say that it was deleted"

    def build_retranscribe(self, payload: Json) -> Call:
        return Call(f"{_build_path(self.find_id(payload))}/retranscribe", method="POST", body={})


def _build_path(native_id: str) -> str:
    return f"{_BOTS}/{quote_id(native_id)}"


def _write(day: date) -> str:
    return f"{common.write_midnight(day)}Z"


def _open_envelope(answer: Any) -> AnswerV2:  # noqa: ANN401
    """Raises Damaged for a refusal that came as a success, with its own words."""
    said = read_model(AnswerV2, answer, what=common.ANSWER)
    if said.success is False:
        words = ": ".join(each for each in (said.code, said.message) if each)
        raise Damaged(f"Meeting BaaS v2 refused: {words or 'it does not say why'}")
    return said


def _read_data(answer: Any) -> Json:  # noqa: ANN401
    data = _open_envelope(answer).data
    if not isinstance(data, dict):
        raise Damaged(f"this is no answer of Meeting BaaS v2 about a bot: there is {describe_shape(data)}")
    return data
