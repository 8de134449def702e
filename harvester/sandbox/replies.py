"""Zoom's refusals, word for word where a public source gives the words: clients decide on them."""

from __future__ import annotations

from harvester.sandbox.wire import Reply, json_reply, text_reply

ERRORS = {
    124: (401, "Invalid access token."),
    200: (200, "Only available for Paid accounts."),
    300: (400, "The next page token is invalid or expired."),
    429: (429, "You have reached the maximum per-second rate limit for this API. Try again later."),
    1001: (404, "User does not exist."),
    1010: (400, "User does not belong to this account."),
    2001: (404, "Account does not exist."),
    2300: (404, "This API endpoint is not recognized."),
    3001: (404, "Meeting does not exist."),
    3301: (404, "There is no recording for this meeting."),
    4700: (400, "Invalid access token, does not contain scopes."),
    4711: (400, "Invalid access token, does not contain scopes."),
    12702: (400, "Can not access a meeting a year ago."),
}
ERROR_JSON = '{"status":false,"errorCode":124,"errorMessage":"Forbidden"}'  # 59 bytes; saved as .mp4 by naive tools
PASSCODE_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Password Required - Zoom</title></head>"
    "<body><form><input type=password></form></body></html>\n"
)


def error_reply(code: int, message: str | None = None, *, status: int | None = None) -> Reply:
    """Zoom's error `code`, with its usual status and sentence unless others are given."""
    usual_status, usual_message = ERRORS.get(code, (400, "Request refused."))
    return json_reply(status or usual_status, {"code": code, "message": message or usual_message})


def field_reply(name: str, message: str) -> Reply:
    problem = [{"field": name, "message": message}]
    return json_reply(400, {"code": 300, "message": "Validation Failed.", "errors": problem})


def oauth_reply(reason: str, error: str, *, status: int = 400) -> Reply:
    return json_reply(status, {"reason": reason, "error": error})


def page_reply() -> Reply:
    return text_reply(200, PASSCODE_PAGE, "text/html;charset=UTF-8")


def error_json_reply() -> Reply:
    return text_reply(200, ERROR_JSON, "application/json;charset=UTF-8")
