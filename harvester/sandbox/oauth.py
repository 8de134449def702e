"""The token endpoint: who gets an access token, and in which words the others are refused.

Credentials are taken from Basic, the form or the query, because clients in the field use all three.
"""

from __future__ import annotations

import base64
import binascii

from harvester.sandbox.replies import error_reply, oauth_reply
from harvester.sandbox.tokens import Verdict
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World


def answer_token(world: World, request: Request) -> Reply:
    """Answer `POST /oauth/token`."""
    if request.method != "POST":
        return oauth_reply("Method Not Allowed", "invalid_request", status=405)
    fields = {**request.query, **request.form()}
    credentials = _basic(request.headers.get("authorization", "")) or (
        fields.get("client_id", ""),
        fields.get("client_secret", ""),
    )
    if credentials != (world.account.client_id, world.account.client_secret):
        return oauth_reply("Invalid client_id or client_secret", "invalid_client")
    if fields.get("grant_type") != "account_credentials":
        return oauth_reply("unsupported grant type", "unsupported_grant_type")
    if fields.get("account_id") != world.account.id:
        return oauth_reply("Bad Request", "invalid_request")
    if world.settings.one_token:
        world.access_tokens.expire_all(now=world.now())
    scopes = world.settings.scopes
    token = world.access_tokens.issue(scopes, now=world.now(), ttl_s=world.settings.token_ttl_s)
    return json_reply(
        200,
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(world.settings.token_ttl_s),
            "scope": " ".join(scopes),
            "api_url": world.api_origin,
        },
    )


def check_bearer(world: World, request: Request, scopes: tuple[str, ...]) -> Reply | None:
    """Check the access token of an API call; None when it may pass."""
    token = bearer_of(request)
    verdict, granted = world.access_tokens.look_up(token, now=world.now())
    if verdict is Verdict.EXPIRED:
        return error_reply(124, "Access token is expired.")
    if verdict is Verdict.UNKNOWN:
        return error_reply(124)
    if scopes and not set(scopes) & set(granted or ()):
        return scope_refusal(scopes)
    return None


def scope_refusal(scopes: tuple[str, ...]) -> Reply:
    """Build the 400/4711 that lists the missing scope, without and with `:admin`."""
    wanted = scopes[0]
    names = f"{wanted.removesuffix(':admin')}, {wanted}"
    return error_reply(4711, f"Invalid access token, does not contain scopes:[{names}].")


def bearer_of(request: Request) -> str:
    """Give the token of the Authorization header, or an empty text."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return (name, secret)
