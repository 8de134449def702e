"""The client against the sandbox's Zoom: a whole account, listed both ways, with faults on the way."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from harvester.model import Gap
from harvester.sandbox import Sandbox, generate_account
from harvester.zoom.source import ZoomSource


@pytest.fixture(scope="module")
def account():
    return generate_account(meetings=400, seed=7)


def build(sandbox, session, clock):
    return ZoomSource(
        account_id=sandbox.account.id,
        client_id=sandbox.account.client_id,
        client_secret=sandbox.account.client_secret,
        api_base_url=sandbox.api_base_url,
        oauth_url=sandbox.oauth_url,
        session=session,
        clock=clock,
        calls_per_second=1000.0,
    )


@pytest.fixture
def clock(clock, account, monkeypatch):
    """The sandbox's now is the account's anchor, and so is ours."""
    monkeypatch.setattr(clock, "now", lambda: account.anchor.astimezone(UTC) + timedelta(days=1))
    return clock


def list_all(source, account):
    starts = [each.start_at for each in account.meetings]
    payloads, gaps = {}, []
    for window in source.windows(min(starts).date(), max(starts).date()):
        for item in source.list_window(window):
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                payloads.update((payload["uuid"], payload) for payload in item.payloads)
    return payloads, gaps


@pytest.mark.parametrize("account_listing", [True, "4711", "200", "404"])
def test_the_whole_account_is_listed(account, session, clock, account_listing):
    """As a whole or user by user, every recording comes once and nothing is missing."""
    with Sandbox(account, account_listing=account_listing, clock=clock.now) as sandbox:
        payloads, gaps = list_all(build(sandbox, session, clock), account)
    assert gaps == []
    assert sorted(payloads) == sorted(meeting.uuid for meeting in account.meetings)


@pytest.mark.parametrize(
    "fault",
    [
        "listing:html",
        "listing:half_json",
        "listing:empty",
        "listing:status=503:times=3",
        "listing:429",
        "listing:429_seconds=2",
        "listing:reset",
        "listing:truncate=100",
        "listing:gzip",
        "listing:total=1",
        "listing:zoom=124",
        "listing:expire_tokens:skip=1",
        "listing:zoom=300",
        "token:status=500:times=2",
    ],
)
def test_passing_faults_lose_nothing(account, session, clock, fault):
    """After any passing fault the listing is whole."""
    with Sandbox(account, faults=[fault], clock=clock.now) as sandbox:
        payloads, gaps = list_all(build(sandbox, session, clock), account)
    assert gaps == []
    assert len(payloads) == len(account.meetings)


def test_every_uuid_leads_to_its_recording(account, session, clock):
    """Slashes and all: each UUID is answered with itself, and its description survives scrubbing."""
    awkward = [each.uuid for each in account.meetings if "/" in each.uuid]
    plain = [each.uuid for each in account.meetings if "/" not in each.uuid]
    assert awkward
    with Sandbox(account, clock=clock.now) as sandbox:
        source = build(sandbox, session, clock)
        for uuid in awkward + plain[:20]:
            detail = source.fetch_detail(uuid, for_download=True)
            assert detail.payload["uuid"] == uuid
            assert source.describe(source.scrub(detail.payload)).native_id == uuid
            assert detail.bearer


def test_one_refused_user_leaves_the_others(account, session, clock):
    """The gap carries the user; everybody else's recordings come."""
    refused = account.meetings[0].host_id
    with Sandbox(account, account_listing="4711", refused_users=[refused], clock=clock.now) as sandbox:
        payloads, gaps = list_all(build(sandbox, session, clock), account)
    assert {gap.subject for gap in gaps} == {each.email for each in account.users if each.id == refused}
    assert sorted(payloads) == sorted(each.uuid for each in account.meetings if each.host_id != refused)
