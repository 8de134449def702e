"""One POST to an address of the operator's choice. Credentials of a source never go this way."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from harvester.config import Way
from harvester.errors import Retriable
from harvester.net import build_session

_TIMEOUT_S = 10.0
_MOST_BYTES = 65_536


def post(url: str, data: bytes, headers: Mapping[str, str], way: Way) -> tuple[int, bytes]:
    """Status and the first 64 KiB of the answer; redirects are not followed.

    Raises Retriable with the host alone: the rest of such an address is often its secret.
    """
    session = build_session(pool_size=1, allow_private=True, proxies=way.proxies, ca_bundle=way.ca_bundle)
    try:
        with (
            session,
            session.post(
                url, data=data, headers=dict(headers), timeout=_TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer,
        ):
            return answer.status_code, answer.raw.read(_MOST_BYTES, decode_content=True)
    except (requests.RequestException, OSError, ValueError) as error:
        host = urlsplit(url).netloc.rpartition("@")[2]
        raise Retriable(
            f"no answer from {host} ({_find_reason(error)})", hint="check the address and the network"
        ) from None


def _find_reason(error: Exception) -> str:
    """What kind of failure it was; its own text would hold the address."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "it took too long"
    return "no connection" if isinstance(error, requests.ConnectionError) else type(error).__name__
