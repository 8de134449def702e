"""Which recordings and files are wanted."""

from __future__ import annotations

import pytest
from pipeline_samples import listed, recording

from harvester.config import read_config
from harvester.model import Kind
from harvester.pipeline.select import Selection


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({}, None),
        ({"hosts": ("ana@example.com",)}, None),
        ({"hosts": ("*@EXAMPLE.com",)}, None),
        ({"hosts": ("h1",)}, None),
        ({"hosts": ("bo@example.com", "h?")}, None),
        ({"hosts": ("bo@example.com",)}, "host"),
        ({"hosts": ("example.com",)}, "host"),
        ({"topics": ("budget*",)}, None),
        ({"topics": ("*REVIEW",)}, None),
        ({"topics": ("budget",)}, "topic"),
        ({"topics": ("b?dget review",)}, None),
        ({"min_duration": 30}, None),
        ({"min_duration": 31}, "shorter than 31 minutes"),
        ({"exclude": ("123456789",)}, "excluded"),
        ({"exclude": ("ABC==",)}, "excluded"),
        ({"exclude": ("*budget*",)}, "excluded"),
        ({"exclude": ("ana@*",)}, "excluded"),
        ({"exclude": ("h1",)}, "excluded"),
        ({"exclude": ("h",)}, None),
        ({"include": ("123456789",), "exclude": ("*",)}, None),
        ({"include": ("abc==",), "hosts": ("bo@example.com",), "min_duration": 99}, None),
        ({"include": ("budget*",), "exclude": ("*",)}, "excluded"),
        ({"include": ("987",)}, None),
        ({"hosts": ("ana@example.com",), "topics": ("other",)}, "topic"),
    ],
    ids=str,
)
def test_which_recordings_are_wanted(rules, reason):
    """Letter case never counts, a named meeting is taken whatever else is said, and the rule that decided is told."""
    assert Selection(**rules).skip_recording(recording()) == (reason and f"not selected: {reason}")


@pytest.mark.parametrize(
    ("rules", "skipped"),
    [
        ({"topics": ("*",)}, False),
        ({"topics": ("?*",)}, True),
        ({"hosts": ("*",)}, True),
        ({"exclude": ("?*",)}, True),
        ({"min_duration": 1}, True),
        ({"min_duration": 0}, False),
    ],
)
def test_what_the_source_did_not_say(rules, skipped):
    """A recording without topic, host and duration fails every rule that asks for one."""
    bare = recording(topic=None, host_id=None, host_email=None, duration_ms=None)
    assert bool(Selection(**rules).skip_recording(bare)) is skipped


@pytest.mark.parametrize(
    ("types", "kind", "reason"),
    [
        ((), Kind.VIDEO, None),
        (("video",), Kind.VIDEO, None),
        (("chat", "transcript"), Kind.VIDEO, "not selected: type video"),
        (("transcript",), Kind.CAPTIONS, "not selected: type captions"),
    ],
)
def test_which_files_are_wanted(types, kind, reason):
    """Only the types that were asked for, or all."""
    assert Selection(types=types).skip_file(listed(kind=kind)) == reason


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        ({}, False),
        ({"hosts": ("h1",)}, False),
        ({"hosts": ("*@x.com",)}, True),
        ({"exclude": ("a@x.com",)}, True),
        ({"topics": ("@all",)}, False),
        ({"include": ("a@x.com",)}, False),
    ],
)
def test_when_addresses_of_hosts_must_be_known(rules, needed):
    """The account's users are listed only for a rule that cannot be decided without their addresses."""
    assert Selection(**rules).needs_host_emails() is needed


def test_a_fingerprint_is_that_of_the_rules(tmp_path):
    """Equal rules have one fingerprint, in whatever order types are written; other rules have another."""

    def of(**options):
        return Selection.of(read_config(options, env_file=tmp_path / "none"))

    assert of(harvester_types="chat,video,chat").fingerprint() == of(harvester_types="Video, chat").fingerprint()
    different = [
        of(),
        of(harvester_types="chat"),
        of(harvester_hosts="chat"),
        of(harvester_topics="chat"),
        of(harvester_include="chat"),
        of(harvester_exclude="chat"),
        of(harvester_min_duration=5),
    ]
    assert len({each.fingerprint() for each in different}) == len(different)
