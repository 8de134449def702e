from __future__ import annotations

import pytest
import requests


def test_a_token_is_given_in_zooms_words(visit):
    """The token endpoint answers with every field that Zoom's does."""
    with visit() as visitor:
        answer = visitor.ask_token().json()
        assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "api_url"}
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)


def test_credentials_may_stand_in_the_query(visit):
    """Older clients put everything into the query and send no Basic header; they are served too."""
    with visit() as visitor:
        env = visitor.box.environment()
        query = {
            "grant_type": "account_credentials",
            "account_id": env["ZOOM_ACCOUNT_ID"],
            "client_id": env["ZOOM_CLIENT_ID"],
            "client_secret": env["ZOOM_CLIENT_SECRET"],
        }
        with requests.Session() as plain:
            plain.trust_env = False
            assert plain.post(visitor.box.oauth_url, params=query, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason", "error"),
    [
        ({"account_id": "other"}, "Bad Request", "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported grant type", "unsupported_grant_type"),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(visit, changes, reason, error):
    """What is wrong with a token request stands in `reason` and `error`, with status 400."""
    with visit() as visitor:
        answer = visitor.ask_token(**changes)
        assert answer.status_code == 400
        assert answer.json() == {"reason": reason, "error": error}


def test_a_wrong_secret_is_refused(visit):
    """A wrong client secret is Zoom's invalid_client."""
    with visit() as visitor:
        form = {"grant_type": "account_credentials", "account_id": visitor.box.account.id}
        answer = visitor.session.post(visitor.box.oauth_url, data=form, auth=("x", "y"), timeout=5)
        assert answer.json() == {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}


def test_tokens_die_with_the_sandbox_clock(visit):
    """An access token older than its life is answered with 401 and code 124."""
    from datetime import timedelta

    with visit(token_ttl_s=60) as visitor:
        assert visitor.get("/users").status_code == 200
        visitor.box.set_now(visitor.box.now() + timedelta(seconds=61))
        answer = visitor.get("/users")
        assert (answer.status_code, answer.json()["code"]) == (401, 124)


def test_a_new_token_may_end_the_old_one(visit):
    """With `one_token` the second token kills the first, as Zoom did in 2022."""
    with visit(one_token=True) as visitor:
        visitor.ask_token()
        assert visitor.get("/users").status_code == 401


def test_a_missing_scope_is_named(visit):
    """A call without its scope is 400/4711 and names the scope."""
    with visit(scopes=["user:read:list_users:admin"]) as visitor:
        assert visitor.get("/users").status_code == 200
        answer = visitor.get("/users/me/recordings")
        assert (answer.status_code, answer.json()["code"]) == (400, 4711)
        assert "cloud_recording:read:list_user_recordings:admin]." in answer.json()["message"]
