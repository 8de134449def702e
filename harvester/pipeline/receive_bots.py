"""What to answer to a request that claims to be a bot provider's. Pure: the caller keeps the event, then answers.

An event only wakes a look at a bot, with our own key at the configured address: nothing it says is an address that is
asked. One without a signature is taken where its provider has none to give, as MeetStream for a bot's own callback,
and is kept as unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from harvester.body import parse_object
from harvester.bot_settings import Access
from harvester.bots.provider import Provider
from harvester.bots.registry import REGISTERED
from harvester.bots.signatures import verify
from harvester.config import Config
from harvester.errors import Damaged
from harvester.pipeline.receive import FORGED, KEPT, MOST_BYTES, TOO_LARGE, UNREADABLE, Answer

_KEY_HEADER = "x-meeting-baas-api-key"
_UNSIGNED = frozenset({"meetstream"})


@dataclass(frozen=True, slots=True)
class BotDoor:
    """Where one provider's events come in, of one version of its API or of both."""

    providers: Sequence[Provider]
    access: Access
    setting: str

    def judge(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Answer:
        """The answer to one request; the names of `headers` are in lower case."""
        return judge_bot(self._choose(headers), body, headers, self.access, setting=self.setting, now=now)

    def _choose(self, headers: Mapping[str, str]) -> Provider:
        """Meeting BaaS v1 sends the key along, v2 signs."""
        is_first = len(self.providers) == 1 or _KEY_HEADER in headers
        return self.providers[0] if is_first else self.providers[-1]


def find_doors(config: Config) -> dict[str, BotDoor]:
    """A door for each provider that has a key, by what its settings begin with, in lower case."""
    doors = {}
    for setting in dict.fromkeys(each.setting for each in REGISTERED):
        access = config.bot_access(setting)
        providers = [
            each.provider
            for each in REGISTERED
            if each.setting == setting and each.version in config.meetingbaas_versions
        ]
        if access and providers:
            doors[setting.lower()] = BotDoor(providers, access, setting)
    return doors


def judge_bot(
    provider: Provider, body: bytes, headers: Mapping[str, str], access: Access, *, setting: str, now: datetime
) -> Answer:
    """The answer to a request that names no other provider; `setting` is what the provider's settings begin with."""
    if len(body) > MOST_BYTES:
        return Answer(TOO_LARGE, reason=f"it is longer than {MOST_BYTES} bytes")
    secrets = (access.key, *access.webhook_secrets) if provider.name == "meetingbaas_v1" else access.webhook_secrets
    verdict = verify(provider.name, body, headers, secrets, now=now)
    if verdict is False or (verdict is None and provider.name not in _UNSIGNED):
        missing = "" if secrets else f"; {setting}_WEBHOOK_SECRET is not set"
        return Answer(FORGED, reason=f"it is not signed as {provider.title} signs{missing}")
    return trust_bot(provider, body, is_verified=verdict is True)


def trust_bot(provider: Provider, body: bytes, *, is_verified: bool = True) -> Answer:
    """The same for a body that is known to be the provider's."""
    if len(body) > MOST_BYTES:
        return Answer(TOO_LARGE, reason=f"it is longer than {MOST_BYTES} bytes")
    try:
        event = provider.read_event(parse_object(body))
    except Damaged as error:
        return Answer(UNREADABLE, reason=error.message)
    if not is_verified:
        # whoever sent it can make us look at a bot, and tell us nothing
        event = replace(event, is_verified=False, mentions=tuple(replace(each, said={}) for each in event.mentions))
    return Answer(KEPT, event=event, source=provider.name)
