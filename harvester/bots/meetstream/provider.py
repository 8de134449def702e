"""MeetStream as a provider (`harvester.bots.provider.Provider`). Pure: puts its readers and its calls together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from harvester.bots.meetstream import calls
from harvester.bots.meetstream.events import read_event
from harvester.bots.meetstream.payload import find_id, scrub
from harvester.bots.meetstream.people import read_people
from harvester.bots.meetstream.runs import measures_no_confidence
from harvester.bots.meetstream.sessions import SOURCE, describe
from harvester.bots.meetstream.transcript import read_transcript
from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Call, Order, Page, Place
from harvester.event import Event
from harvester.model import Json, ListedFile, Person, Recording, Window


class Meetstream:
    """MeetStream's API, version 1. It publishes no limit of calls; these are ours."""

    name = SOURCE
    title = "MeetStream"
    calls_per_second = None
    listings_per_second = None

    def build_headers(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Token {key}"}

    def build_listings(self, window: Window, *, today: date) -> Sequence[Call]:  # noqa: ARG002 - the contract's
        return [calls.build_listing(window)]

    def find_unlistable(self, window: Window, *, today: date) -> str | None:  # noqa: ARG002 - the contract's
        """Nothing: no limit to the past is documented."""
        return None

    def read_page(self, call: Call, answer: Any) -> Page:  # noqa: ANN401 - JSON has no narrower type
        return calls.read_page(call, answer)

    def build_details(self, native_id: str) -> Mapping[str, Call]:
        return calls.build_details(native_id)

    def join_details(self, native_id: str, answers: Mapping[str, Any]) -> Json:
        return calls.join_details(native_id, answers)

    def list_recordings(self, bot_id: str, answers: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG002
        """The bot itself: it makes one recording."""
        return [bot_id]

    def locate(self, payload: Json, key: str) -> Place | None:
        return calls.locate(payload, key)

    def read_address(self, key: str, answer: Any) -> str:  # noqa: ANN401
        return calls.read_address(key, answer)

    def find_id(self, payload: Json) -> str:
        return find_id(scrub(payload))

    def describe(self, payload: Json) -> Recording:
        return describe(scrub(payload))

    def scrub(self, payload: Json) -> Json:
        return scrub(payload)

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401
        recogniser = file.recording_type
        speech = read_transcript(document, origin, streaming=measures_no_confidence(recogniser))
        return replace(speech, provider=recogniser)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        return read_people(payload, documents)

    def read_event(self, body: Json) -> Event:
        return read_event(body)

    def build_send(self, order: Order) -> Call:
        return calls.build_send(order)

    def read_sent(self, answer: Any) -> str:  # noqa: ANN401
        return calls.read_sent(answer)

    def build_remove(self, bot_id: str) -> Call:
        return calls.build_remove(bot_id)

    def build_delete(self, bot_id: str) -> Call:
        return calls.build_delete(bot_id)

    def find_undeleted(self, answer: Any) -> str | None:  # noqa: ANN401
        return calls.find_undeleted(answer)

    def build_retranscribe(self, payload: Json) -> Call:
        return calls.build_retranscribe(payload)
