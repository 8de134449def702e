"""Mistakes one could make in the harvester, each as a change of one place, and the proofs that must notice it.

A proof is a pytest argument, or the words behind `python -m` of a longer one. None of them was written for a mistake:
they are the harness of faults, kills, power cuts and damage.
"""

from __future__ import annotations

from dataclasses import dataclass

FAULTS = "tests/e2e/test_e2e_faults.py"
WIRE = "tests/e2e/test_e2e_wire.py"
NIGHTLY = "tests/e2e/test_e2e_nightly.py"
LATE = "tests/e2e/test_e2e_late.py"
POINTS = "tests/e2e/crash/test_crash_points.py"
REGRESSIONS = "tests/e2e/crash/test_crash_regressions.py"
KILLS = "tests/e2e/crash/test_crash_kills.py::test_kills_at_any_moment_tear_lose_and_double_nothing"
POWER = "crash power --count 16"
SWEEP = "crash points --limit 300"
SCHEDULES = "tests/e2e/test_e2e_schedules.py::test_whatever_goes_wrong_nothing_is_lost_doubled_torn_or_hidden"
RATE = "tests/e2e/test_e2e_rate.py"
LOCK = "tests/e2e/test_e2e_lock.py"
VERIFY = "tests/e2e/test_e2e_verify.py::test_every_seeded_damage_is_found_alone_and_repaired"
HOSTILE = "tests/e2e/test_e2e_hostile.py"
INPUT = "tests/e2e/test_e2e_input.py"
WEBHOOK = "tests/e2e/test_e2e_webhook.py"
EVENTS = "tests/e2e/test_e2e_events.py"
OVERLAP = "tests/e2e/test_e2e_unattended.py"
BOTS = "tests/e2e/test_e2e_bots.py"
ORDERS = "tests/e2e/test_e2e_bot_orders.py"
BOT_EVENTS = "tests/e2e/test_e2e_bot_webhooks.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file` and becomes `new`; the first proof that fails has noticed it."""

    name: str
    mistake: str
    file: str
    old: str
    new: str
    proofs: tuple[str, ...]


MUTANTS = (
    Mutant(
        "no_fsync_of_file",
        "a downloaded file is named without being flushed",
        "harvester/fetch/part.py",
        "            os.fsync(self._handle)\n            try:\n",
        "            try:\n",
        (POWER,),
    ),
    Mutant(
        "no_fsync_of_folder",
        "a name is taken for durable without flushing its folder",
        "harvester/files.py",
        "        os.fsync(handle)\n    finally:\n",
        "        pass\n    finally:\n",
        (POWER,),
    ),
    Mutant(
        "no_fsync_before_rename",
        "an entry or a stage is renamed before it is flushed",
        "harvester/files.py",
        "                os.fsync(out.fileno())\n            replace_durably",
        "                pass\n            replace_durably",
        (POWER,),
    ),
    Mutant(
        "ledger_not_flushed",
        "the ledger acknowledges what a power cut takes",
        "harvester/ledger/database.py",
        '"synchronous=FULL"',
        '"synchronous=OFF"',
        (POWER,),
    ),
    Mutant(
        "named_before_it_is_whole",
        "the final name is given to a file that is still being written",
        "harvester/fetch/part.py",
        '        self.path = target.with_name(f"{target.name}.{fingerprint}.part")\n',
        "        self.path = target\n",
        (POINTS, KILLS),
    ),
    Mutant(
        "published_in_place",
        "a lake file is copied over the old one instead of renamed",
        "harvester/lake/commit.py",
        "                written[name].replace(target)\n",
        "                target.write_bytes(written[name].read_bytes())\n",
        (POINTS, KILLS),
    ),
    Mutant(
        "entry_in_place",
        "recording.json is written over instead of replaced",
        "harvester/files.py",
        "            replace_durably(temporary, target)\n        except",
        "            target.write_bytes(data)\n            temporary.unlink()\n        except",
        (POINTS, KILLS, SWEEP),
    ),
    Mutant(
        "noted_before_published",
        "the ledger says published before the lake has the rows",
        "harvester/pipeline/publish.py",
        "    shelf.progress.publishing(",
        "    paths = shelf.ledger.outbox.mark_published(partition)\n    shelf.progress.publishing(",
        (POINTS, KILLS),
    ),
    Mutant(
        "stage_dropped_early",
        "staged rows are removed before they are in the lake",
        "harvester/lake/stage.py",
        "            _prove(data, bytes.fromhex(extent.sha256))\n",
        "            _prove(data, bytes.fromhex(extent.sha256))\n"
        '            if name == "turns":  # the last to be read\n'
        "                self.path.unlink()\n",
        (POINTS, KILLS),
    ),
    Mutant(
        "work_not_opened",
        "a run that is cut off owes nothing to the recordings it had begun",
        "harvester/ledger/ledger.py",
        " listing_fingerprint = NULL, next_try_at = excluded.next_try_at",
        " next_try_at = next_try_at",
        (POINTS, KILLS, "tests/ledger"),
    ),
    Mutant(
        "exists_means_done",
        "a file that lies there is taken over without its hash",
        "harvester/pipeline/adopt.py",
        "        return sha256_of(path)\n",
        '        return "0" * 64\n',
        (POINTS, KILLS, NIGHTLY),
    ),
    Mutant(
        "no_lock",
        "two runs work on one home at once",
        "harvester/ledger/lock.py",
        "        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        pass\n",
        (LOCK, RATE),
    ),
    Mutant(
        "first_page_only",
        "next_page_token is ignored",
        "harvester/zoom/paging.py",
        "        if not token:\n",
        "        if token or not token:\n",
        (NIGHTLY, "tests/e2e/test_e2e_rate.py", "tests/zoom/test_zoom_sandbox.py"),
    ),
    Mutant(
        "count_not_checked",
        "fewer recordings than announced count as all",
        "harvester/zoom/listing.py",
        "        return self.announced is None or self.announced == self.received\n",
        "        return True\n",
        (FAULTS, SCHEDULES),
    ),
    Mutant(
        "size_not_checked",
        "a body that ends early is a whole file",
        "harvester/fetch/size.py",
        "        return received < lengths.server\n    return not lengths.end_marked",
        "        return False\n    return not lengths.end_marked and received < 0",
        (FAULTS, WIRE),
    ),
    Mutant(
        "page_is_a_file",
        "a sign-in page is stored as the recording",
        "harvester/fetch/sniff.py",
        "    text = head.removeprefix(_BOM).lstrip()\n    if _HTML.match(text):\n",
        "    return None\n    text = head.removeprefix(_BOM).lstrip()\n    if _HTML.match(text):\n",
        (FAULTS, "tests/fetch"),
    ),
    Mutant(
        "appended_on_200",
        "a whole file that comes for a range is written behind what is there",
        "harvester/fetch/stream.py",
        "        self.part.restart(body.version)\n        self._end_marked",
        "        if not self.part.size:\n            self.part.restart(body.version)\n        self._end_marked",
        (FAULTS, WIRE, "tests/fetch"),
    ),
    Mutant(
        "any_range_continues",
        "a 206 is appended wherever it begins",
        "harvester/fetch/reply.py",
        "        body.start == start\n        and said.total is not None\n        and said.total == version.total\n",
        "        said.total is not None\n",
        (FAULTS, WIRE, "tests/fetch"),
    ),
    Mutant(
        "no_if_range",
        "a download goes on in another version of the file",
        "harvester/fetch/reply.py",
        '"If-Range": version.etag or ""}',
        "}",
        (FAULTS, WIRE, "tests/fetch"),
    ),
    Mutant(
        "token_not_renewed",
        "a token that Zoom refuses is not asked for anew",
        "harvester/zoom/http.py",
        "_TOKENS_A_REQUEST = 4\n",
        "_TOKENS_A_REQUEST = 1\n",
        (FAULTS, WIRE),
    ),
    Mutant(
        "token_follows_redirect",
        "the token is shown to wherever a redirect leads",
        "harvester/fetch/wire.py",
        "            trusted = trusted and self._policy.trusts(target)\n",
        "            trusted = True\n",
        (FAULTS, HOSTILE),
    ),
    Mutant(
        "retry_after_ignored",
        "the time that Zoom names is not waited for",
        "harvester/retry.py",
        '    text = (value or "").strip()\n',
        '    text = ""\n',
        (RATE, FAULTS),
    ),
    Mutant(
        "limiter_off",
        "calls are not spaced",
        "harvester/limiter.py",
        "            if now_s < self._next_at_s:\n",
        "            if now_s < 0:\n",
        (RATE, "tests/zoom/test_pacing.py"),
    ),
    Mutant(
        "failure_is_success",
        "a run in which files failed ends with 0",
        "harvester/pipeline/summary.py",
        "        return ExitCode.PARTIAL if self.errors or self.gaps or self.files_failed else ExitCode.DONE\n",
        "        return ExitCode.DONE\n",
        (FAULTS, SCHEDULES),
    ),
    Mutant(
        "single_encoding",
        "a UUID with a slash is encoded once",
        "harvester/zoom/uuid.py",
        'else quote(_single(meeting_id, "meeting"), safe="")\n',
        'else _single(meeting_id, "meeting")\n',
        (NIGHTLY, "tests/zoom"),
    ),
    Mutant(
        "late_transcript_forgotten",
        "what was not there at first is never looked for again",
        "harvester/ledger/ledger.py",
        "WHERE source = ? AND next_try_at <= ?",
        "WHERE source = ? AND next_try_at <= ? AND FALSE",
        (LATE, SCHEDULES),
    ),
    Mutant(
        "full_disk_swallowed",
        "an error of the own disk is not noticed",
        "harvester/files.py",
        "        if error.errno in _FULL:\n            raise DiskFull(",
        "        if error.errno in _FULL:\n            return\n            raise DiskFull(",
        (POINTS, "tests/test_files.py"),
    ),
    Mutant(
        "last_cue_lost",
        "the last cue of a transcript is dropped",
        "harvester/pipeline/read_zoom.py",
        "                texts.data[listed.key],\n",
        "                texts.data[listed.key].rpartition(b'-->')[0],\n",
        (NIGHTLY,),
    ),
    Mutant(
        "last_message_lost",
        "the last message of a chat is dropped",
        "harvester/sidecars/chat.py",
        "    messages += _read_messages(held)\n    if unread",
        "    if unread",
        (NIGHTLY,),
    ),
    Mutant(
        "both_timelines",
        "a refined timeline is added to the plain one",
        "harvester/sidecars/timeline.py",
        "    return (refined, plain or []) if refined",
        "    return (refined + (plain or []), []) if refined",
        (NIGHTLY,),
    ),
    Mutant(
        "rows_twice",
        "a recording that is published again keeps its old rows",
        "harvester/lake/publish.py",
        " - set(remove) - arriving.keys()\n",
        " - set(remove)\n",
        (LATE, NIGHTLY, "tests/lake"),
    ),
    Mutant(
        "verify_looks_away",
        "a hash that differs is no finding",
        "harvester/archive/inspect.py",
        "    if digest != receipt.sha256:\n",
        "    if len(digest) != len(receipt.sha256):\n",
        (VERIFY,),
    ),
    Mutant(
        "another_account_mixed_in",
        "the credentials of another account are taken",
        "harvester/ledger/ledger.py",
        "        if account_id and known not in {None, account_id}:\n",
        "        if not account_id:\n",
        (INPUT,),
    ),
    Mutant(
        "acknowledged_first",
        "an event is acknowledged before it is kept",
        "jobs/receiver.py",
        "                await asyncio.wrap_future(self.intake.keep(answer.source, answer.event))\n",
        "                self.intake.keep(answer.source, answer.event)\n",
        (WEBHOOK,),
    ),
    Mutant(
        "body_judged_as_read",
        "the signature is held against the body as JSON writes it again",
        "harvester/zoom/signature.py",
        "    given = signature.encode(",
        "    body = __import__('json').dumps(__import__('json').loads(body)).encode() if body[:1] == b'{' else body\n"
        "    given = signature.encode(",
        (WEBHOOK, EVENTS),
    ),
    Mutant(
        "no_window",
        "a recorded request is good for ever",
        "harvester/zoom/signature.py",
        "    if age > OLDEST or age < -AHEAD:\n",
        "    if False:\n",
        (WEBHOOK,),
    ),
    Mutant(
        "served_unproven",
        "an event counts as served whatever became of the files that it named",
        "harvester/pipeline/arrivals.py",
        "    return None if outcome.gone else _find_missing(mention, outcome)\n",
        "    return None\n",
        (EVENTS,),
    ),
    Mutant(
        "worker_keeps_the_lock",
        "the worker does not notice that a run waits for it",
        "harvester/pipeline/arrivals.py",
        "        if self.endless and is_awaited(self._tools.state):\n",
        "        if False:\n",
        ("tests/e2e/test_e2e_events.py::test_the_worker_makes_way_for_another_run",),
    ),
    Mutant(
        "news_means_gone",
        "a recording that an event tells of and that is not shown yet counts as deleted",
        "harvester/pipeline/steps.py",
        "        if ref.is_news:\n",
        "        if False:\n",
        (EVENTS,),
    ),
    Mutant(
        "ticket_for_everything",
        "files that an event does not bring are looked for in it all the same",
        "harvester/pipeline/access.py",
        " or (key not in self._files and not self.is_whole) or self._is_old():\n",
        " or self._is_old():\n",
        (EVENTS, OVERLAP),
    ),
    Mutant(
        "bots_key_to_files",
        "a provider's key goes along to where its files lie",
        "harvester/bots/api.py",
        'reply = self._wire.send("GET", target.url, headers={})',
        'reply = self._wire.send("GET", target.url, headers=self._headers)',
        (f"{BOTS}::test_everything_arrives_and_a_second_run_does_nothing",),
    ),
    Mutant(
        "bots_key_to_a_page",
        "a provider's listing is followed to whatever host it names",
        "harvester/bots/api.py",
        "if target is None or base is None or target.origin != base.origin:",
        "if target is None or base is None:",
        (f"{BOTS}::test_pages_that_lead_nowhere",),
    ),
    Mutant(
        "bots_order_twice",
        "an order whose answer was lost is sent again",
        "harvester/bots/api.py",
        'return self._ask_once(call, f"{self._base_url}{call.path}{_write_query(call)}", self._calls)',
        "return self.ask(call)",
        (f"{ORDERS}::test_an_order_is_sent_once",),
    ),
    Mutant(
        "bots_passcode_kept",
        "the address of a meeting is kept with what lets people in",
        "harvester/bots/scrub.py",
        "    return found.redacted or found.zoom_meeting_id\n",
        "    return value\n",
        (f"{BOTS}::test_nothing_secret_is_kept",),
    ),
    Mutant(
        "bots_links_forgotten",
        "what Zoom lists later is not held against the bots that were there before",
        "harvester/pipeline/link.py",
        "    if owed != known and shelf.ledger.outbox.has_others(ZOOM):\n",
        "    if False:\n",
        (f"{BOTS}::test_links_follow_zoom_and_leave_segments_alone",),
    ),
    Mutant(
        "bots_pending_kept",
        "an answer that says there is no transcript yet is archived as the transcript",
        "harvester/bots/source.py",
        "        if status is RunStatus.PENDING:\n",
        "        if False:\n",
        (f"{BOTS}::test_an_answer_without_a_transcript_is_no_transcript",),
    ),
    Mutant(
        "bots_unsigned_heard",
        "a provider's event with a wrong signature is taken for one of its own",
        "harvester/bots/signatures.py",
        'return sum(hmac.compare_digest(data, each.encode("utf-8", "surrogatepass")) for each in expected) > 0',
        "return True",
        (f"{BOT_EVENTS}::test_a_forged_event_is_refused",),
    ),
    Mutant(
        "bots_deleted_unproven",
        "a bot's data is deleted at its provider before all of it is here",
        "harvester/pipeline/deletion.py",
        "    if lost:\n",
        "    if False:\n",
        (f"{ORDERS}::test_only_what_is_safe_is_deleted",),
    ),
    Mutant(
        "captions_of_anybody",
        "a caption goes to whoever was active at all",
        "harvester/transcript/attribution.py",
        "LEAST_SHARE = 0.5\n",
        "LEAST_SHARE = 0.0\n",
        ("tests/transcript/test_transcript_attribution.py",),
    ),
    Mutant(
        "rules_forgotten",
        "rows by new rules are published beside those by old ones",
        "harvester/pipeline/rules.py",
        "    return bool(changed)\n",
        "    return False\n",
        ("tests/e2e/test_e2e_rules.py",),
    ),
    Mutant(
        "names_in_clear",
        "a lake of pseudonyms names people in one kind of column",
        "harvester/pipeline/disguise.py",
        "        Disguise.NAME: pseudonyms.name,\n",
        "        Disguise.NAME: str,\n",
        ("tests/e2e/test_e2e_pseudonyms.py",),
    ),
    Mutant(
        "stale_correction",
        "a correction is applied though the raw row is another one by now",
        "schemas/correction_views.py",
        "coalesce(c.speaker_was = coalesce(s.speaker_name, s.speaker_label), c.speaker_was IS NULL)",
        "true",
        ("tests/lake/test_correction_views.py",),
    ),
    Mutant(
        "stale_index",
        "a search answers from an index of days that have changed",
        "harvester/lake/search/mark.py",
        "stat.st_size, stat.st_mtime_ns, stat.st_ino",
        "0, 0, 0",
        ("tests/lake/test_lake_search.py",),
    ),
    Mutant(
        "any_host_answered",
        "a page elsewhere can point its own name at the local pages and read along",
        "harvester/explore/security.py",
        '        if self.is_local and not is_loopback(_name_of(headers.get("host", ""))):\n',
        "        if False:\n",
        ("tests/explore/test_guards.py",),
    ),
)
