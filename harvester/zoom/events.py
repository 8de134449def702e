"""One webhook body in our terms: what happened, to which recordings, and what is to be done about it.

Pure. Decides which events mean work, and when two bodies say the same; never whether a body is Zoom's
(`harvester.zoom.signature`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from harvester.body import parse_object
from harvester.errors import Damaged
from harvester.event import Event, Intent, Mention, Pass
from harvester.model import Json
from harvester.zoom.glance import build_fingerprint
from harvester.zoom.scrub import scrub
from schemas.zoom import EventBody, EventSubject

CHALLENGE = "endpoint.url_validation"

_AI_TRANSCRIPT = "meeting.aic_transcript_completed"  # of any meeting, recorded or not
_INTENTS = {
    "recording.completed": Intent.HARVEST,
    "recording.transcript_completed": Intent.HARVEST,
    "recording.recovered": Intent.HARVEST,
    "recording.batch_recovered": Intent.HARVEST,
    # its example contradicts its schema about which topic is the new one, so the API is asked
    "recording.renamed": Intent.HARVEST,
    _AI_TRANSCRIPT: Intent.HARVEST,
    "recording.trashed": Intent.GONE,
    "recording.batch_trashed": Intent.GONE,
    "recording.deleted": Intent.GONE,
    "recording.batch_deleted": Intent.GONE,
}


def read_event(data: bytes) -> Event:
    """Raises Damaged for bytes that are no event; an event that nobody knows yet is one."""
    payload = parse_object(data)
    try:
        said = EventBody.model_validate(payload)
    except ValidationError as error:
        raise Damaged("the body names no event", hint="only Zoom's webhooks are expected here") from error
    inner = said.payload if isinstance(said.payload, dict) else {}
    subject = inner.get("object")
    subject = subject if isinstance(subject, dict) else {}
    mentions = _find_mentions(EventSubject.model_validate(subject), may_be_absent=said.event == _AI_TRANSCRIPT)
    account_id, actor = inner.get("account_id"), inner.get("operator")
    intent = _INTENTS.get(said.event, Intent.NOTE)
    opens_files = intent is Intent.HARVEST and isinstance(subject.get("recording_files"), list)
    return Event(
        said.event,
        intent if mentions else Intent.NOTE,
        build_fingerprint(payload),
        _moment(said.event_ts),
        account_id if isinstance(account_id, str) else None,
        mentions,
        scrub(payload),
        actor if isinstance(actor, str) else None,
        ticket=Pass(subject, said.download_token) if said.download_token and opens_files else None,
    )


def add_files(payload: Json, told: Json) -> Json:
    """A recording's payload with the files that an event tells of, each in the place of the one with its id."""
    listed = payload.get("recording_files")
    held = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = told.get("recording_files")
    new = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    by_id = {each["id"]: each for each in new if isinstance(each.get("id"), str)}
    ids = {each.get("id") for each in held}
    kept = [by_id.get(each.get("id"), each) for each in held]
    return {**payload, "recording_files": [*kept, *(each for each in new if each.get("id") not in ids)]}


def merge(known: Json, new: Json) -> Json:
    """A recording's payload after another look; what an older answer said and this one leaves out stays."""
    return {**known, **new}


def _find_mentions(subject: EventSubject, *, may_be_absent: bool) -> tuple[Mention, ...]:
    found: dict[str, Mention] = {}
    if subject.uuid:
        ids = _ids(each.get("id") for each in subject.recording_files)
        said = {"host_email": subject.host_email} if subject.host_email else {}
        found[subject.uuid] = Mention(subject.uuid, ids, said, may_be_absent)
    for meeting in subject.meetings:
        uuid, files = meeting.get("meeting_uuid"), meeting.get("recording_file_ids")
        if isinstance(uuid, str) and uuid.strip():
            found[uuid.strip()] = Mention(uuid.strip(), _ids(files) if isinstance(files, list) else None)
    for uuid in subject.meeting_uuids if isinstance(subject.meeting_uuids, list) else ():
        if isinstance(uuid, str) and uuid.strip():
            found[uuid.strip()] = Mention(uuid.strip())
    return tuple(found.values())


def _ids(values: Iterable[Any]) -> frozenset[str] | None:
    """As the archive names them (`harvester.zoom.describe`)."""
    return frozenset(each.strip().replace("~", "%7E") for each in values if isinstance(each, str) and each) or None


def _moment(milliseconds: int | None) -> datetime | None:
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # no year of ours
        return None
