"""How each API refuses: its statuses, and the shape of its errors. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from harvester.sandbox.bots.model import KEY_OF, Source
from harvester.sandbox.wire import Reply, Request, json_reply

BAAS_KEY_HEADERS = ("x-meeting-baas-api-key", "x-spoke-api-key")
"""The header of Meeting BaaS's key, and what it was called before."""

_V2_CODES = {
    400: "FST_ERR_VALIDATION",
    401: "FST_ERR_UNAUTHORIZED",
    404: "FST_ERR_BOT_NOT_FOUND_BY_ID",
    409: "FST_ERR_BOT_STATUS",
    429: "FST_ERR_TOO_MANY_REQUESTS",
}


@dataclass(frozen=True, slots=True)
class Refuser:
    """Refuses in one API's words; also what a fault makes this server say in that API's place."""

    source: Source

    def __call__(self, status: int, message: str, *, retry_after: str | None = None) -> Reply:
        headers = (("Retry-After", retry_after),) if retry_after else ()
        match self.source:
            case "meetstream":
                document: dict[str, object] = {"message": message}
            case "meetingbaas_v1":
                document = {"error": message}
            case "meetingbaas_v2":
                document = _build_v2(status, message, retry_after)
            case "recall":
                if retry_after:
                    message = f"Request was throttled. Expected available in {retry_after} seconds."
                document = {"detail": message}
        return json_reply(status, document, headers)


def _build_v2(status: int, message: str, retry_after: str | None) -> dict[str, object]:
    phrases = {each.value: each.phrase for each in HTTPStatus}
    document: dict[str, object] = {
        "success": False,
        "error": phrases.get(status, "Error"),
        "message": message,
        "code": _V2_CODES.get(status, "FST_ERR_INTERNAL"),
        "statusCode": status,
        "details": None,
    }
    if retry_after and retry_after.isdecimal():
        document["retryAfter"] = int(retry_after)
    return document


def check_key(source: Source, request: Request, keys: Mapping[str, str]) -> Reply | None:
    """Refuse a call without the API's key; None when it may pass."""
    return _CHECKS[source](Refuser(source), request, keys.get(KEY_OF[source], ""))


def _check_meetstream(refuse: Refuser, request: Request, key: str) -> Reply | None:
    """401 without a key, which another scheme than Token is too; 403 with a wrong one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "token" or not given.strip():
        return refuse(401, "Unauthorized")
    return None if _is_same(given.strip(), key) else refuse(403, "Forbidden")


def _check_baas(refuse: Refuser, request: Request, key: str) -> Reply | None:
    given = next((request.headers[name] for name in BAAS_KEY_HEADERS if name in request.headers), "")
    return None if _is_same(given, key) else refuse(401, "Invalid API key")


def _check_recall(refuse: Refuser, request: Request, key: str) -> Reply | None:
    """The bare key is good too, as official samples send it."""
    given = request.headers.get("authorization", "").removeprefix("Token ").strip()
    return None if _is_same(given, key) else refuse(401, "Invalid API token")


def _is_same(given: str, key: str) -> bool:
    return bool(key) and hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


_CHECKS: dict[Source, Callable[[Refuser, Request, str], Reply | None]] = {
    "meetstream": _check_meetstream,
    "meetingbaas_v1": _check_baas,
    "meetingbaas_v2": _check_baas,
    "recall": _check_recall,
}
