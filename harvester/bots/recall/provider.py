"""Recall.ai's API, v1.11 and what v1.10 leaves to be read: which calls there are, and who reads their answers.

Pure. Each region has an address of its own, and a key works in one region only. Limits: 60 listings and 300 single bots
a minute per workspace (docs.recall.ai, bot_list and bot_retrieve).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from harvester.bots.ids import quote_id
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Call, Order, Page, Place
from harvester.bots.recall.describe import describe
from harvester.bots.recall.events import read_event
from harvester.bots.recall.files import locate
from harvester.bots.recall.people import read_people
from harvester.bots.recall.sessions import SCRUBBER, check_bot, cut_bot, join_bot, read_session, split_bot, split_id
from harvester.bots.recall.transcript import read_transcript
from harvester.bots.speech import describe_shape
from harvester.bots.validation import read_listed
from harvester.errors import Damaged, Refused
from harvester.event import Event
from harvester.model import Json, ListedFile, Person, Recording, Window
from schemas.tolerant import read_text

_DAY = timedelta(days=1)
_KEY = "deduplication_key"


class Recall:
    """The provider; it has no state."""

    name: Final = "recall"
    title: Final = "Recall.ai"
    calls_per_second: Final = 4.0
    listings_per_second: Final = 0.9

    # --- asking ------------------------------------------------------------------------------------------------------

    def build_headers(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Token {key}"}

    def build_listings(self, window: Window, *, today: date) -> Sequence[Call]:  # noqa: ARG002 - another's need
        """By the moment for which bots were ordered, a day more on either side: calls begin late and last long."""
        query = {
            "join_at_after": f"{window.start - _DAY}T00:00:00Z",
            "join_at_before": f"{window.end + 2 * _DAY}T00:00:00Z",
        }
        return (Call("/bot/", query),)

    def find_unlistable(self, window: Window, *, today: date) -> str | None:  # noqa: ARG002
        """Recall lists bots of any age: what it deletes by then are their media."""
        return None

    def read_page(self, call: Call, answer: Any) -> Page:  # noqa: ANN401, ARG002 - JSON has no narrower type
        """A payload per recording. Raises Damaged for what is no page at all."""
        bots = read_listed(answer, "results", what="page of Recall's bots")
        payloads = (each for bot in bots for each in split_bot(bot))
        following = answer.get("next")
        has_more = isinstance(following, str) and following.strip()
        return Page(tuple(payloads), following if has_more else None)

    def build_details(self, native_id: str) -> Mapping[str, Call]:
        """The bot; of one of its recordings also all of its transcripts, of which the bot tells the newest."""
        bot_id, recording_id = split_id(native_id)
        calls = {"bot": Call(_build_path("bot", bot_id))}
        if recording_id is None:
            return calls
        query = {"recording_id": recording_id}
        return calls | {"transcripts": Call("/transcript/", query, absent=True, is_listing=True, next_page="next")}

    def join_details(self, native_id: str, answers: Mapping[str, Any]) -> Json:
        return join_bot(native_id, answers)

    def list_recordings(self, bot_id: str, answers: Mapping[str, Any]) -> Sequence[str]:
        """All of the bot's, also of one that is still at work; the bot itself where it has none."""
        return [self.find_id(each) for each in cut_bot(check_bot(bot_id, answers))]

    def locate(self, payload: Json, key: str) -> Place | None:
        return locate(read_session(payload), key)

    def read_address(self, key: str, answer: Any) -> str:  # noqa: ANN401
        """Never asked for: all of Recall's media lie at addresses that its bots tell."""
        raise Damaged(f"no address of {key!r} is expected of Recall: it is {describe_shape(answer)}")

    # --- reading -----------------------------------------------------------------------------------------------------

    def find_id(self, payload: Json) -> str:
        return read_session(SCRUBBER.scrub(payload)).native_id

    def describe(self, payload: Json) -> Recording:
        return describe(read_session(SCRUBBER.scrub(payload)))

    def scrub(self, payload: Json) -> Json:
        return SCRUBBER.scrub(payload)

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401
        """Of either form. The plain numbers of the old one are checked against the recording's length, if known."""
        duration_ms = None
        if file.start_at is not None and file.end_at is not None:
            duration_ms = (file.end_at - file.start_at) // timedelta(milliseconds=1)
        return read_transcript(document, origin, duration_ms=duration_ms)

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        return read_people(read_session(SCRUBBER.scrub(payload)), documents)

    def read_event(self, body: Json) -> Event:
        return read_event(body)

    # --- control -----------------------------------------------------------------------------------------------------

    def build_send(self, order: Order) -> Call:
        """Recall fetches Zoom's tokens itself, each from an address (docs.recall.ai, zoom-obf, zoom-signed-in-bots).

        It documents nothing that makes an order unique: the key is kept with the bot, for whoever looks for it there.
        """
        if order.zoom_obf_token:
            raise Refused(
                "Recall takes no OBF token itself", hint="give the address of a service that answers with one"
            )
        body = keep_said(
            meeting_url=order.meeting_url,
            bot_name=order.bot_name,
            metadata={**order.extra, **({_KEY: order.key} if order.key else {})},
            zoom=keep_said(zak_url=order.zoom_zak_url, obf_token_url=order.zoom_obf_token_url),
        )
        return Call("/bot/", method="POST", body=body)

    def read_sent(self, answer: Any) -> str:  # noqa: ANN401
        bot_id = read_text(read_members(answer).get("id"))
        if bot_id is None:
            raise Damaged(f"Recall's answer names no bot: it is {describe_shape(answer)}")
        return bot_id

    def build_remove(self, bot_id: str) -> Call:
        return Call(_build_path("bot", bot_id, "leave_call"), method="POST")

    def build_delete(self, bot_id: str) -> Call:
        """The media of all of the bot's recordings."""
        return Call(_build_path("bot", bot_id, "delete_media"), method="POST")

    def find_undeleted(self, answer: Any) -> str | None:  # noqa: ANN401, ARG002
        """No answer of success is known that says anything was kept."""
        return None

    def build_retranscribe(self, payload: Json) -> Call:
        """With Recall's own recogniser, which needs no account elsewhere."""
        session = read_session(payload)
        if session.recording is None:
            raise Refused(
                "Recall transcribes recordings, and this bot has none",
                hint="bots of before v1.11 keep the transcript that they have",
                subject=session.native_id,
            )
        path = _build_path("recording", session.recording.id, "create_transcript")
        return Call(path, method="POST", body={"provider": {"recallai_async": {}}})


def _build_path(*steps: str) -> str:
    """Paths end with a slash, as Recall documents them."""
    return f"/{'/'.join(quote_id(each) for each in steps)}/"
