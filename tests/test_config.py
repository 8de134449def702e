"""Settings: where they come from, which wins, and what is said of wrong ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harvester.config import Config, read_config
from harvester.errors import ConfigError
from harvester.files import readable_by_others

CANARY = "canary-7f3a91"


@pytest.fixture
def place(tmp_path):
    """Writes a .env and a config file, and reads the settings with them."""

    def read(options=None, *, env="", toml=None):
        env_file, config_file = tmp_path / ".env", tmp_path / "zoom.toml"
        env_file.write_text(env, encoding="utf-8")
        if toml is not None:
            config_file.write_text(toml, encoding="utf-8")
        return read_config(options or {}, config_file=config_file if toml is not None else None, env_file=env_file)

    return read


@pytest.mark.parametrize(
    ("option", "environment", "env", "toml", "expected"),
    [
        (None, None, "", None, 8),
        (None, None, "", "harvester_workers = 2", 2),
        (None, None, "HARVESTER_WORKERS=3", "harvester_workers = 2", 3),
        (None, "4", "HARVESTER_WORKERS=3", "harvester_workers = 2", 4),
        (5, "4", "HARVESTER_WORKERS=3", "harvester_workers = 2", 5),
        (5, None, "", "harvester_workers = 2", 5),
        (None, "4", "", "harvester_workers = 2", 4),
    ],
    ids=["default", "file", ".env", "environment", "option", "option over file", "environment over file"],
)
def test_the_nearest_setting_wins(place, monkeypatch, option, environment, env, toml, expected):
    """Options go before the environment, before .env, before the config file, before the defaults."""
    if environment:
        monkeypatch.setenv("HARVESTER_WORKERS", environment)
    assert place({"harvester_workers": option}, env=env, toml=toml).harvester_workers == expected


def test_an_option_that_was_not_given_decides_nothing(place):
    """What click hands over for an absent option, None or an empty tuple, leaves the other sources alone."""
    config = place({"harvester_hosts": (), "harvester_home": None}, toml='harvester_hosts = ["a@x.com"]')
    assert config.harvester_hosts == ("a@x.com",)
    assert config.harvester_home == Path("harvest")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", ()),
        (" , ,", ()),
        ("transcript", ("transcript",)),
        (" Transcript , CHAT,", ("transcript", "chat")),
    ],
)
def test_comma_lists(place, monkeypatch, written, expected):
    """Lists are written with commas, in any case and with any blanks; empty parts do not count."""
    monkeypatch.setenv("HARVESTER_TYPES", written)
    assert place().harvester_types == expected


def test_lists_are_lists_in_toml_too(place):
    """A config file may write a list as TOML does, or with commas."""
    config = place(toml='harvester_topics = ["All, Hands", "Q&A"]\nharvester_exclude = "a, b"')
    assert config.harvester_topics == ("All, Hands", "Q&A")
    assert config.harvester_exclude == ("a", "b")


def test_every_wrong_setting_is_named_at_once(place, monkeypatch):
    """One look at the sentence tells everything that must be mended, each by its name."""
    monkeypatch.setenv("HARVESTER_WORKERS", "many")
    monkeypatch.setenv("HARVESTER_TYPES", "chat,movies")
    monkeypatch.setenv("ZOOM_API_BASE_URL", "ftp://zoom.us")
    with pytest.raises(ConfigError) as caught:
        place({"harvester_api_rate": -1.0}, env="HARVESTER_LOG_FORMAT=xml", toml="harvester_min_duration = -5")
    for name in ("WORKERS", "TYPES", "API_RATE", "LOG_FORMAT", "MIN_DURATION"):
        assert f"HARVESTER_{name}: " in caught.value.message
    assert "ZOOM_API_BASE_URL: " in caught.value.message
    assert "movies: not a file type" in caught.value.message
    assert "video, audio, transcript" in caught.value.message


@pytest.mark.parametrize(
    "toml",
    [
        f'zoom_client_secret = ["{CANARY}"]',
        f'zoom_client_secret = {{ value = "{CANARY}" }}',
        f'zoom_client_secret = "{CANARY}\n',
        f'zoom_client_secret = "{CANARY}" x',
        f"zoom_client_secret = {CANARY}",
        f'zoom_client_secret = "{CANARY}"\nharvester_workers = "x"',
        f'zoom_client_secret = "{CANARY}"\nno_such_name = "{CANARY}"',
    ],
)
def test_a_wrong_file_never_shows_a_secret(place, toml):
    """Whatever is wrong with a config file, its secret is neither in the sentence nor in the hint."""
    with pytest.raises(ConfigError) as caught:
        place(toml=toml)
    assert CANARY not in f"{caught.value.message} {caught.value.hint} {caught.value.__cause__!r}"


def test_a_config_never_shows_its_secret(place):
    """Printing or logging the settings does not print the client secret."""
    config = place(env=f"ZOOM_CLIENT_SECRET={CANARY}")
    assert CANARY not in f"{config} {config!r} {config.model_dump()} {config.model_dump_json()}"
    assert config.zoom_client_secret.get_secret_value() == CANARY


def test_a_proxy_password_is_a_secret_too(place):
    """A proxy is set with its user's password; printing the settings does not print it."""
    config = place(env=f"HARVESTER_PROXY=http://user:{CANARY}@proxy.example:3128")
    assert CANARY not in f"{config} {config!r} {config.model_dump()}"


def test_an_unknown_key_in_the_file_is_an_error(place):
    """A misspelt key is named and not passed over: it would set nothing."""
    with pytest.raises(ConfigError, match=r"zoom\.toml sets harvester_worker, zoom, which is no setting"):
        place(toml="harvester_worker = 2\n[zoom]\naccount_id = 1")


def test_keys_in_the_file_may_be_written_in_capitals(place):
    """Lines copied from an environment file work in a config file as they are."""
    assert place(toml='HARVESTER_HOME = "/srv/zoom"').harvester_home == Path("/srv/zoom")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no config file"),
        (b"\xff\xfe", "cannot read the config file"),
        (b"= 1", "cannot read the config file"),
        ("a folder", "cannot read the config file"),
    ],
)
def test_a_config_file_that_cannot_be_read(tmp_path, content, sentence):
    """A config file that was named must be there and be TOML; the sentence names it."""
    path = tmp_path / "zoom.toml"
    if content == "a folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"{sentence} {path}") as caught:
        read_config({}, config_file=path, env_file=tmp_path / ".env")
    assert caught.value.hint


def test_an_env_file_that_is_no_text(tmp_path):
    """A .env in another encoding is a sentence that names the file."""
    (tmp_path / ".env").write_bytes(b"ZOOM_ACCOUNT_ID=\xff\n")
    with pytest.raises(ConfigError, match=r"cannot read .*\.env"):
        read_config({}, env_file=tmp_path / ".env")


def test_an_env_file_without_permission(tmp_path):
    """A .env of somebody else is a sentence too, not settings that are silently missing."""
    if os.geteuid() == 0:
        pytest.skip("the administrator may read every file")
    (tmp_path / ".env").write_text("ZOOM_ACCOUNT_ID=a")
    (tmp_path / ".env").chmod(0)
    with pytest.raises(ConfigError, match=r"cannot read .*\.env"):
        read_config({}, env_file=tmp_path / ".env")


def test_no_env_file_is_fine(tmp_path):
    """Where there is no .env the other sources are read all the same."""
    assert read_config({}, env_file=tmp_path / "none").harvester_workers == 8


@pytest.mark.parametrize("name", ["HOME", "ARCHIVE", "LAKE", "TYPES", "WORKERS"])
def test_names_without_our_head_set_nothing(place, monkeypatch, name):
    """HOME and its like belong to the system: only names that begin with HARVESTER_ or ZOOM_ are ours."""
    monkeypatch.setenv(name, "/elsewhere")
    assert place().model_dump() == Config(_env_file=None).model_dump()


def test_foreign_names_in_the_env_file_are_fine(place):
    """A .env is shared with other programs; what it sets for them is no error."""
    assert place(env="DATABASE_URL=postgres://x\nHARVESTER_WORKERS=3\n").harvester_workers == 3


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("harvest/archive", "harvest/lake", "harvest/.harvester")),
        ({"harvester_home": "/h"}, ("/h/archive", "/h/lake", "/h/.harvester")),
        ({"harvester_home": "/h", "harvester_lake": "/l"}, ("/h/archive", "/l", "/h/.harvester")),
        ({"harvester_archive": "/a"}, ("/a", "harvest/lake", "harvest/.harvester")),
    ],
)
def test_where_things_lie(place, settings, expected):
    """Archive and lake lie in the home unless they are put elsewhere; the state always does."""
    config = place(settings)
    assert tuple(map(str, (config.archive, config.lake, config.state))) == expected


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ("", "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET are not set"),
        ("ZOOM_ACCOUNT_ID=a\nZOOM_CLIENT_SECRET=s", "ZOOM_CLIENT_ID is not set"),
        ("ZOOM_ACCOUNT_ID=' '\nZOOM_CLIENT_ID=c\nZOOM_CLIENT_SECRET='  '", "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_SECRET are"),
    ],
)
def test_missing_credentials_are_all_named(place, env, missing):
    """Every credential that is absent or blank is named, with the place where it can be found."""
    with pytest.raises(ConfigError, match=missing) as caught:
        place(env=env).credentials()
    assert "marketplace.zoom.us" in caught.value.hint


def test_credentials_lose_the_blanks_that_copying_adds(place):
    """A line end or blank around a pasted credential is not part of it."""
    config = place(env="ZOOM_ACCOUNT_ID=' a '\nZOOM_CLIENT_ID='c\t'\nZOOM_CLIENT_SECRET=' s '")
    assert config.credentials() == ("a", "c", "s")


@pytest.mark.parametrize(
    "url",
    [
        "zoom.us",
        "https://",
        "ftp://zoom.us",
        "https://user@zoom.us",
        "https://user:pw@zoom.us",
        "https://:pw@zoom.us",
        "https://zoom.us/v2?x=1",
        "https://[zoom.us",
        "",
    ],
)
def test_a_base_url_is_plain(place, url):
    """An address that holds a password or a query, or is none, is refused before anything is sent to it."""
    with pytest.raises(ConfigError, match="ZOOM_OAUTH_URL"):
        place({"zoom_oauth_url": url})


def test_a_base_url_may_end_in_a_slash(place):
    """The slash that people add at the end does not double in the calls."""
    assert place({"zoom_api_base_url": "https://api.zoom.us/v2/"}).zoom_api_base_url == "https://api.zoom.us/v2"


@pytest.mark.parametrize(("mode", "expected"), [(0o600, False), (0o640, True), (0o604, True), (0o400, False)])
def test_a_file_that_others_can_read(tmp_path, mode, expected):
    """The warning about secrets in a file that others can read goes by its mode."""
    path = tmp_path / ".env"
    path.write_text("x")
    path.chmod(mode)
    assert readable_by_others(path) is expected
    assert not readable_by_others(tmp_path / "none")
    assert not readable_by_others(tmp_path)


def test_a_transcript_limit_that_no_memory_would_hold_is_refused():
    """A file of 1 GB would take 10 to 25 GB to read: the limit itself has a limit, and the setting is named."""
    with pytest.raises(ConfigError, match="HARVESTER_TRANSCRIPT_LIMIT"):
        read_config({"harvester_transcript_limit": 2**30}, env_file=Path("none"))
