"""Meeting BaaS v1 as a provider: what to ask, what to send, and which answers mean that it was done.

Pure. Decides which listings cover a window; what an answer says of a bot is `payload_v1`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harvester.bots.ids import quote_id
from harvester.bots.meetingbaas import common, payload_v1
from harvester.bots.meetingbaas.events import read_event
from harvester.bots.meetingbaas.transcript import read_v1
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Call, Order, Page, Place
from harvester.bots.speech import clean_label, describe_shape
from harvester.bots.validation import read_listed, read_model
from harvester.errors import Damaged, Refused
from harvester.event import Event
from harvester.model import Json, ListedFile, Person, Recording, Window
from schemas.meetingbaas import PageV1, RecordingV1

_LISTING = "/bots/bots_with_metadata"
_MOST_ON_A_PAGE = "50"
_DAY = timedelta(days=1)
_DELETED = frozenset({"deleted", "alreadyDeleted", "noDataFound"})


class MeetingBaasV1:
    """The first version. Its paths and members are those of its OpenAPI 1.1."""

    name = payload_v1.SOURCE
    title = "Meeting BaaS v1"
    calls_per_second = None
    listings_per_second = None

    def build_headers(self, key: str) -> Mapping[str, str]:
        return common.build_headers(key)

    def build_listings(self, window: Window, *, today: date) -> Sequence[Call]:  # noqa: ARG002 - the contract's
        """What ended since, and what was created then; a day more on each side. Times have no zone and are UTC."""
        first = common.write_midnight(window.start - _DAY)
        before = common.write_midnight(window.end + 2 * _DAY)
        return [
            Call(_LISTING, {"limit": _MOST_ON_A_PAGE, since: first, "created_before": before})
            for since in ("ended_after", "created_after")
        ]

    def find_unlistable(self, window: Window, *, today: date) -> str | None:  # noqa: ARG002
        """The API names no limit."""
        return None

    def read_page(self, call: Call, answer: Any) -> Page:  # noqa: ANN401
        """Bots that run are among them: nothing tells them from others that have no end.

        `recent_bots` repeats `bots`. A page may be empty while there are more.
        """
        said = read_model(PageV1, answer, what=common.ANSWER)
        if said.error is not None and not (said.bots or said.recent_bots):
            raise Damaged(f"Meeting BaaS v1 refused a listing: {said.error}")
        bots = read_listed(answer, "bots", "recent_bots", what="page of Meeting BaaS v1's bots")
        following = replace(call, query={**call.query, "cursor": said.cursor}) if said.cursor else None
        return Page(tuple(bots), following)

    def build_details(self, native_id: str) -> Mapping[str, Call]:
        return {"data": Call("/bots/meeting_data", {"bot_id": native_id, "include_transcripts": "true"})}

    def join_details(self, native_id: str, answers: Mapping[str, Any]) -> Json:
        """The answer, with the id where an entry of a listing has it, and its transcripts' hash. Raises Damaged."""
        answer = answers.get("data")
        if not isinstance(answer, dict) or not isinstance(answer.get("bot_data"), dict):
            raise Damaged(f"these are no meeting data of Meeting BaaS v1: there is {describe_shape(answer)}")
        said = read_model(RecordingV1, answer, what=common.ANSWER)
        return payload_v1.seal_transcripts({**answer, "uuid": said.bot_data.bot.uuid or native_id})

    def list_recordings(self, bot_id: str, answers: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG002
        """The bot itself: it makes one recording."""
        return [bot_id]

    def locate(self, payload: Json, key: str) -> Place | None:
        """The transcript stands in the answer itself, everything else at an address."""
        return payload_v1.locate(payload, key)

    def read_address(self, key: str, answer: Any) -> str:  # noqa: ANN401
        common.refuse_address(key, answer)

    def find_id(self, payload: Json) -> str:
        return payload_v1.find_id(payload)

    def describe(self, payload: Json) -> Recording:
        return payload_v1.describe(payload)

    def scrub(self, payload: Json) -> Json:
        return payload_v1.scrub(payload)

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401, ARG002
        return read_v1(document, origin)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        return payload_v1.read_people(payload, documents)

    def read_event(self, body: Json) -> Event:
        return read_event(body, payload_v1.RULES.scrub)

    def build_send(self, order: Order) -> Call:
        """All members are documented; `reserved` is so as deprecated, and false.

        Meeting BaaS itself refuses a second bot of the same key for a meeting within five minutes, unless
        `deduplication_key` differs.
        """
        if not order.bot_name:
            raise Refused("Meeting BaaS v1 sends no bot without a name", hint="give the bot a name")
        body = {
            "meeting_url": order.meeting_url,
            "bot_name": order.bot_name,
            "reserved": False,
            "extra": dict(order.extra),
            "deduplication_key": order.key,
            "zoom_obf_token": order.zoom_obf_token,
            "zoom_obf_token_url": order.zoom_obf_token_url,
            "zoom_access_token_url": order.zoom_zak_url,
        }
        return Call("/bots/", method="POST", body=keep_said(**body))

    def read_sent(self, answer: Any) -> str:  # noqa: ANN401
        return common.read_sent(answer)

    def build_remove(self, bot_id: str) -> Call:
        return Call(f"/bots/{quote_id(bot_id)}", method="DELETE")

    def build_delete(self, bot_id: str) -> Call:
        """Five a minute at most."""
        return Call(f"/bots/{quote_id(bot_id)}/delete_data", method="POST")

    def find_undeleted(self, answer: Any) -> str | None:  # noqa: ANN401
        """Only some of it may have been deleted, in an answer of status 200 that says `ok`."""
        said = read_members(answer)
        status = clean_label(said.get("status"))
        if said.get("ok") is not False and status in _DELETED:
            return None
        return f"Meeting BaaS says {status!r}" if status else "Meeting BaaS does not say that it was deleted"

    def build_retranscribe(self, payload: Json) -> Call:
        """What is taken on is answered with 202, and without a body."""
        body = {"bot_uuid": self.find_id(payload)}
        return Call("/bots/retranscribe", method="POST", body=body, accepted=frozenset({202}))
