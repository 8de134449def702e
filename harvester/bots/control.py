"""What a person may order of a provider: a bot into a meeting, out of it, its data deleted, another transcript.

Decides nothing of whether that is wise; every order is sent once. Tokens of an order go to the provider and are
neither kept nor said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harvester.bots.api import BotApi
from harvester.bots.provider import Order, Provider
from harvester.errors import Refused


class BotControl:
    """One provider's orders. Raises Refused for what it does not offer."""

    def __init__(self, provider: Provider, api: BotApi) -> None:
        self._provider = provider
        self._api = api

    def send(self, order: Order) -> str:
        """The new bot's id."""
        call = self._provider.build_send(order)
        body = {**(call.body or {}), **order.more}
        return self._provider.read_sent(self._api.order(replace(call, body=body)))

    def remove(self, bot_id: str) -> None:
        self._api.order(self._provider.build_remove(bot_id))

    def delete_data(self, bot_id: str) -> None:
        """Raises Refused where the provider says that something is left."""
        answer = self._api.order(self._provider.build_delete(bot_id))
        if reason := self._provider.find_undeleted(answer):
            raise Refused(f"{self._provider.title} has not deleted all of {bot_id}: {reason}", subject=bot_id)

    def retranscribe(self, native_id: str) -> None:
        """Of a recording; where it runs, a further transcript is listed."""
        payload = self._provider.join_details(native_id, self._ask_details(native_id))
        self._api.order(self._provider.build_retranscribe(payload))

    def list_recordings(self, bot_id: str) -> Sequence[str]:
        """Native ids of all recordings that the provider has of a bot now: to delete its data is to delete theirs."""
        return self._provider.list_recordings(bot_id, self._ask_details(bot_id))

    def _ask_details(self, native_id: str) -> Mapping[str, Any]:
        return {name: self._api.ask_all(call) for name, call in self._provider.build_details(native_id).items()}
