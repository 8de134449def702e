"""A local server that speaks our slice of Zoom and of four bot APIs, with accounts of its own and faults on demand.

Stands alone: it imports nothing else of the harvester, so that both cannot share a mistake.
"""

from harvester.sandbox.account import (
    SandboxAccount,
    SandboxFile,
    SandboxMeeting,
    SandboxUser,
    describe_account,
)
from harvester.sandbox.bots.events import build_bot_event, sign_bot_event
from harvester.sandbox.bots.generate import add_bots, generate_bots
from harvester.sandbox.bots.model import BASE_PATHS, SOURCES, BotRecording, BotRun, Hearing, SandboxBot
from harvester.sandbox.demo import demo_account
from harvester.sandbox.events import Webhook, sign_event
from harvester.sandbox.faults import FAULTS, Fault, parse_fault
from harvester.sandbox.fromdir import account_from_dir
from harvester.sandbox.generate import generate_account
from harvester.sandbox.places import WHERE
from harvester.sandbox.requestlog import LoggedRequest
from harvester.sandbox.server import Sandbox

__all__ = [
    "BASE_PATHS",
    "FAULTS",
    "SOURCES",
    "WHERE",
    "BotRecording",
    "BotRun",
    "Fault",
    "Hearing",
    "LoggedRequest",
    "Sandbox",
    "SandboxAccount",
    "SandboxBot",
    "SandboxFile",
    "SandboxMeeting",
    "SandboxUser",
    "Webhook",
    "account_from_dir",
    "add_bots",
    "build_bot_event",
    "demo_account",
    "describe_account",
    "generate_account",
    "generate_bots",
    "parse_fault",
    "sign_bot_event",
    "sign_event",
]
