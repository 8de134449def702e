"""AWS Lambda: one handler for a function URL or API Gateway, for an SQS queue, and for a schedule.

- HTTP: the request is judged as `harvester serve` judges it, the event is kept, and Zoom has its answer; nothing is
  harvested while it waits.
- SQS: each record's body is a webhook body from a queue you trust, or `{"headers": {...}, "body": "..."}`, whose
  signature is checked. It is kept and harvested like `harvester trigger`; what fails is handed back to the queue.
- `{"command": ["nightly", "--since", "3d"]}`, from EventBridge: any command of the harvester.

`HARVESTER_HOME` lies on an EFS mount, and the function's reserved concurrency must be 1: ledger and locks want one
machine at a time. Write `jobs.deploy.aws_lambda.handler` as the handler.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any

from harvester.clock import SystemClock
from harvester.errors import AlreadyRunning, Damaged, Failed, HarvesterError
from harvester.ledger import Ledger
from harvester.pipeline.receive import UNAVAILABLE, judge_request
from harvester.pipeline.receive_bots import find_doors
from harvester.source import ZOOM
from jobs.cli import run_command
from jobs.loading import load
from jobs.trigger import SOURCES, exit_code, harvest, judge
from jobs.wiring import ledger_path

log = logging.getLogger(__name__)

_HEADERS = {"content-type": "application/json"}


def handler(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Answer one invocation. Raises Failed for an invocation of no known kind, and for a command that fails."""
    del context
    if "requestContext" in event:
        return _receive(event)
    if "Records" in event:
        return _take_from_queue(event["Records"])
    words = event.get("command")
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise Failed("an invocation is an HTTP request, SQS records, or a command as a list of words")
    code = run_command(words)
    if code:
        raise Failed(f"harvester {words[0] if words else ''} ended with {code}", hint="its log says why")
    return {"exit_code": code}


def _receive(event: Mapping[str, Any]) -> dict[str, Any]:
    config = load({}, config_file=None, verbose=False)
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    now = SystemClock().now()
    door = find_doors(config).get(str(event.get("rawPath") or "").rpartition("/")[2])
    if door:
        answer = door.judge(body, headers, now=now)
    else:
        answer = judge_request(body, headers, secrets=config.webhook_secrets(), now=now)
    if answer.event:
        try:
            with Ledger(ledger_path(config), busy_s=2.0) as ledger:
                ledger.inbox.add(answer.source, [answer.event], now=now)
        except HarvesterError:
            return {"statusCode": UNAVAILABLE}  # so that it is sent again
    reply = {} if answer.reply is None else {"headers": _HEADERS, "body": json.dumps(dict(answer.reply))}
    return {"statusCode": answer.status, **reply}


def _take_from_queue(records: list[Mapping[str, Any]]) -> dict[str, Any]:
    """In the shape that lets SQS keep only what failed (`ReportBatchItemFailures`)."""
    config = load({}, config_file=None, verbose=False)
    failed = []
    for record in records:
        source, body, headers = _unwrap(str(record["body"]))
        try:
            event = judge(config, source, body, headers).event
            served = event is None or not exit_code(*harvest(config, source, event))
        except (Damaged, Failed, AlreadyRunning) as error:  # of this one message; the others go their way
            log.warning("message.refused", extra={"fields": {"message": record["messageId"], "reason": error.message}})
            served = False
        if not served:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _unwrap(text: str) -> tuple[str, bytes, dict[str, str] | None]:
    """Source, body and headers: of a message that names them, else Zoom's body as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return ZOOM, text.encode(), None
    if not isinstance(value, dict) or not isinstance(value.get("body"), str):
        return ZOOM, text.encode(), None
    found = value.get("headers")
    headers = {str(name).lower(): str(each) for name, each in found.items()} if isinstance(found, dict) else None
    source = value.get("source")
    if source not in SOURCES:
        source = ZOOM
    return source, value["body"].encode(), headers
