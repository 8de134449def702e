"""Nothing secret passes from a provider's payload to the archive, whatever member it stands in."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from meetingbaas_samples import V1_ID, V2_ID, answer_v1, details_v2, wrap
from meetstream_samples import PAYLOADS
from recall_samples import bot, recording

from harvester.bots.registry import REGISTERED
from harvester.bots.scrub import PROSE
from harvester.errors import Damaged

ADDRESS = "https://files.example.invalid/a/CANARY.mp4?X-Amz-Expires=600&X-Amz-Signature=CANARY"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.CANARY.CANARY"
PROVIDERS = {each.provider.name: each.provider for each in REGISTERED}
SAMPLES = {
    "meetstream": [*PAYLOADS.values()],
    "meetingbaas_v1": [PROVIDERS["meetingbaas_v1"].join_details(V1_ID, {"data": answer_v1()})],
    "meetingbaas_v2": [
        PROVIDERS["meetingbaas_v2"].join_details(
            V2_ID, {"bot": wrap(details_v2()), "status": wrap({"transcription_status": "done"})}
        )
    ],
    "recall": [bot(recording())],
}
SHARED = {
    "meetstream": ["meetstream/bot_detail", "meetstream/bot_detail.captions"],
    "meetingbaas_v1": ["meetingbaas_v1/meeting_data"],
    "meetingbaas_v2": ["meetingbaas_v2/bot_details"],
    "recall": ["recall/bot_retrieve"],
}


def iter_leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all members that are no objects and no lists."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from iter_leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from iter_leaves(item, (*path, index))
    else:
        yield path


def plant(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    planted = copy.deepcopy(payload)
    holder = planted
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return planted


def is_prose(path: tuple[Any, ...]) -> bool:
    """Words of people's are kept as they are: an address that somebody said is no secret of ours."""
    return any(step in PROSE for step in path if isinstance(step, str))


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_address_or_a_token_in_any_member_is_not_kept(name):
    """One member at a time, of every sample: neither what is archived nor what is made of it has the secret part."""
    provider = PROVIDERS[name]
    for sample in SAMPLES[name]:
        for path in iter_leaves(sample):
            for canary in (ADDRESS, TOKEN):
                payload = plant(sample, path, canary)
                try:
                    kept = [provider.scrub(payload), repr(provider.describe(payload))]
                except Damaged as error:
                    kept = [error.message, error.hint]
                if is_prose(path):
                    continue
                assert "CANARY" not in json.dumps(kept, default=str), f"{path}: {kept}"


@pytest.mark.parametrize("name", PROVIDERS)
def test_nothing_secret_of_the_shared_payloads_is_kept(shared, name):
    """Keys, passcodes, tokens and what the request repeats, as the providers' own samples have them."""
    provider = PROVIDERS[name]
    for each in SHARED[name]:
        payload = shared(f"{each}.json")
        kept = json.dumps(provider.scrub(payload.get("bot_details") or payload.get("data") or payload))
        assert not [word for word in ("dummyPwd", "DUMMY", "redact-me", "Signature", "pwd=") if word in kept], kept
