"""One call of a bot API: whether it may come in, and who answers it."""

from __future__ import annotations

from collections.abc import Callable

from harvester.sandbox.bots.baas_v1 import answer_baas_v1
from harvester.sandbox.bots.baas_v2 import answer_baas_v2
from harvester.sandbox.bots.meetstream import answer_meetstream
from harvester.sandbox.bots.model import KEY_OF, Source
from harvester.sandbox.bots.paths import BotRoute
from harvester.sandbox.bots.recall import answer_recall
from harvester.sandbox.bots.refusals import Refuser, check_key
from harvester.sandbox.wire import Reply, Request
from harvester.sandbox.world import World

_ANSWERS: dict[Source, Callable[[World, Request, BotRoute], Reply]] = {
    "meetstream": answer_meetstream,
    "meetingbaas_v1": answer_baas_v1,
    "meetingbaas_v2": answer_baas_v2,
    "recall": answer_recall,
}


def answer_bots(world: World, request: Request, route: BotRoute) -> Reply:
    """Answer one call: the limit first, then the key, then what was asked."""
    limiter = world.bot_limiters.get(KEY_OF[route.source])
    if limiter is not None and not limiter.admits():
        return Refuser(route.source)(429, "Rate limit exceeded", retry_after="1")
    refusal = check_key(route.source, request, world.account.bot_keys)
    return refusal or _ANSWERS[route.source](world, request, route)
