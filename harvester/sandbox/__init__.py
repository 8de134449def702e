"""A local server that speaks our slice of Zoom, with accounts of its own and faults on demand.

Stands alone: it imports nothing else of the harvester, so that both cannot share a mistake.
"""

from harvester.sandbox.account import (
    SandboxAccount,
    SandboxFile,
    SandboxMeeting,
    SandboxUser,
    describe_account,
)
from harvester.sandbox.demo import demo_account
from harvester.sandbox.events import Webhook, sign_event
from harvester.sandbox.faults import FAULTS, WHERE, Fault, parse_fault
from harvester.sandbox.fromdir import account_from_dir
from harvester.sandbox.generate import generate_account
from harvester.sandbox.requestlog import LoggedRequest
from harvester.sandbox.server import Sandbox

__all__ = [
    "FAULTS",
    "WHERE",
    "Fault",
    "LoggedRequest",
    "Sandbox",
    "SandboxAccount",
    "SandboxFile",
    "SandboxMeeting",
    "SandboxUser",
    "Webhook",
    "account_from_dir",
    "demo_account",
    "describe_account",
    "generate_account",
    "parse_fault",
    "sign_event",
]
