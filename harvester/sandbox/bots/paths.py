"""Which call of which bot API a path means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from harvester.sandbox.bots.model import BASE_PATHS, KEY_OF, Source


@dataclass(frozen=True, slots=True)
class BotRoute:
    """`kind` is where faults strike, `name` the call; `subject` the id in the path."""

    kind: str
    source: Source
    name: str
    subject: str = ""

    @property
    def key_name(self) -> str:
        return KEY_OF[self.source]


_CALLS: dict[Source, dict[str, tuple[str, str]]] = {
    "meetstream": {
        "GET bots": ("bot_listing", "list"),
        "GET bots/*/status": ("bot_detail", "status"),
        "GET bots/*/detail": ("bot_detail", "detail"),
        "GET bots/*/transcriptions": ("bot_detail", "runs"),
        "GET transcript/*/get_transcript": ("bot_document", "transcript"),
        "GET bots/*/get_participants": ("bot_document", "participants"),
        "GET bots/*/get_chats": ("bot_document", "chats"),
        "GET bots/*/get_speaker_timeline": ("bot_document", "timeline"),
        "GET bots/*/get_audio": ("bot_address", "audio"),
        "GET bots/*/get_video": ("bot_address", "video"),
        "POST bots/create_bot": ("bot_control", "send"),
        "GET bots/*/remove_bot": ("bot_control", "remove"),
        "POST bots/*/remove_bot": ("bot_control", "remove"),
        "POST bots/*/transcribe": ("bot_control", "retranscribe"),
        "DELETE bots/*/delete": ("bot_control", "delete"),
    },
    "meetingbaas_v1": {
        "GET bots/bots_with_metadata": ("bot_listing", "list"),
        "GET bots/meeting_data": ("bot_detail", "detail"),
        "GET bots/*/screenshots": ("bot_document", "screenshots"),
        "POST bots": ("bot_control", "send"),
        "DELETE bots/*": ("bot_control", "remove"),
        "POST bots/*/delete_data": ("bot_control", "delete"),
        "POST bots/retranscribe": ("bot_control", "retranscribe"),
    },
    "meetingbaas_v2": {
        "GET bots": ("bot_listing", "list"),
        "GET bots/*": ("bot_detail", "detail"),
        "GET bots/*/status": ("bot_detail", "status"),
        "GET bots/*/screenshots": ("bot_document", "screenshots"),
        "POST bots": ("bot_control", "send"),
        "POST bots/*/leave": ("bot_control", "remove"),
        "DELETE bots/*/delete-data": ("bot_control", "delete"),
        "POST bots/*/retranscribe": ("bot_control", "retranscribe"),
    },
    "recall": {
        "GET bot": ("bot_listing", "list"),
        "GET bot/*": ("bot_detail", "detail"),
        "GET recording": ("bot_detail", "recordings"),
        "GET transcript": ("bot_detail", "runs"),
        "GET meeting_metadata": ("bot_detail", "metadata"),
        "POST bot": ("bot_control", "send"),
        "POST bot/*/leave_call": ("bot_control", "remove"),
        "POST bot/*/delete_media": ("bot_control", "delete"),
        "POST recording/*/create_transcript": ("bot_control", "retranscribe"),
    },
}


def find_bot_route(method: str, raw_path: str) -> BotRoute | None:
    """Name the call; name "unknown" below an API's path that it would not recognise, None outside all of them."""
    for name, base in BASE_PATHS.items():
        path = raw_path.removeprefix(base)
        if path != raw_path and path.startswith("/"):
            return _name_call(method, name, path)
    return None


def _name_call(method: str, api: str, path: str) -> BotRoute:
    source: Source = "recall" if api == "recall" else "meetstream"
    if api == "meetingbaas":
        source = "meetingbaas_v2" if path.startswith("/v2/") else "meetingbaas_v1"
        path = path.removeprefix("/v2")
    steps = [unquote(step) for step in path.strip("/").split("/")]
    subject = steps[1] if len(steps) > 1 else ""
    literal, general = "/".join(steps), "/".join([steps[0], "*", *steps[2:]])
    call = _CALLS[source].get(f"{method} {literal}")
    if call is not None:
        subject = ""
    elif subject:
        call = _CALLS[source].get(f"{method} {general}")
    if call is None or (source == "recall" and not path.endswith("/")):  # Django wants the slash
        return BotRoute("other", source, "unknown")
    kind, name = call
    return BotRoute(kind, source, name, subject)
