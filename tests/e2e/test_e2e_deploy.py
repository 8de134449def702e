"""The files in `jobs/deploy`: each is judged by its own tool, and the commands in it are run."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from oracle import check_archive, check_lake
from ruamel.yaml import YAML
from served import SECRET, read_events, wait_for

from harvester.errors import Failed
from harvester.sandbox import sign_event

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "jobs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
YAML_RULES = "{extends: default, rules: {line-length: {max: 140}, document-start: disable}}"
EXPOSURE = 20  # tenths; systemd calls up to 2 "well protected"
PROGRAM = re.compile(r"/opt/harvester/bin/harvester")


def tool(name):
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def judge(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_dockerfile_is_sound():
    """hadolint finds nothing in it."""
    assert judge(tool("hadolint"), DEPLOY / "Dockerfile") == ""


def test_the_yaml_is_sound():
    """yamllint, the schemas of Kubernetes and that of compose files find nothing."""
    judge(tool("yamllint"), "-s", "-d", YAML_RULES, DEPLOY)
    judge(tool("kubernetes-validate"), "--strict", *(DEPLOY / "kubernetes").iterdir())
    judge(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_the_units_are_sound_and_hardened(tmp_path):
    """systemd-analyze verifies them without a word, and rates both services as well protected."""
    analyze = tool("systemd-analyze")
    for each in UNITS:
        (tmp_path / each.name).write_text(PROGRAM.sub("/bin/true", each.read_text()))
    said = judge(analyze, "verify", *(tmp_path / each.name for each in UNITS))
    assert not [line for line in said.splitlines() if str(tmp_path) in line]
    services = [each.name for each in UNITS if each.suffix == ".service"]
    assert len(services) == 2
    for name in services:
        judge(analyze, "security", "--no-pager", "--offline=yes", f"--threshold={EXPOSURE}", tmp_path / name)


def cron_lines():
    return [line for line in (DEPLOY / "crontab").read_text().splitlines() if re.match(r"[\d*@]", line)]


def test_the_crontab_is_one():
    """Five fields within their bounds, or a name that cron knows, then a command; `%` would end it."""
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    assert len(cron_lines()) >= 3
    for line in cron_lines():
        assert "%" not in line
        if line.startswith("@"):
            assert line.split()[0] in {"@reboot", "@daily", "@hourly"}
            continue
        for value, (least, most) in zip(line.split()[:5], bounds, strict=True):
            assert value == "*" or least <= int(value) <= most


def commands():
    """Every command of every file, as its words."""
    found = [line.split(None, 1 if line.startswith("@") else 5)[-1] for line in cron_lines()]
    words = {f"cron: {each}": shlex.split(each.partition("&& ")[2].partition(" >>")[0])[1:] for each in found}
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=\S+ (.*)$", unit.read_text(), re.MULTILINE):
            words[f"{unit.name}: {line}"] = shlex.split(line)
    yaml = YAML(typ="safe")
    for name, service in yaml.load(DEPLOY / "compose.yaml")["services"].items():
        if "build" in service:
            words[f"compose {name}"] = service["command"]
    for document in yaml.load_all(DEPLOY / "kubernetes" / "harvester.yaml"):
        for args in re.findall(r"'args': (\[[^\]]*\])", str(document)):
            words[f"kubernetes {document['kind']}"] = json.loads(args.replace("'", '"'))
    cmd = re.search(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    return words | {"Dockerfile": json.loads(cmd[1])}


@pytest.mark.parametrize(("where", "words"), commands().items(), ids=commands())
def test_the_commands_work(make_rig, tiny_account, where, words):
    """Each does its work against the sandbox: a night harvests, a receiver becomes ready, and ends when it is told."""
    rig = make_rig(tiny_account)
    if words[0] != "serve":
        if words[0] == "verify":
            assert rig.call("nightly").code == 0
        assert rig.run(*words).code == 0
        return
    words = [re.sub(r":8750$", ":0", each) for each in words]
    with (rig.cwd / "log").open("wb") as log:
        env = rig.environment({"ZOOM_WEBHOOK_SECRET": SECRET})
        process = subprocess.Popen([sys.executable, "-m", "jobs", *words], cwd=rig.cwd, env=env, stderr=log)
    try:
        wait_for(lambda: "serve.listening" in (rig.cwd / "log").read_text(), what="listening")
        wait_for(lambda: "worker.started" in (rig.cwd / "log").read_text(), what="the worker")
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0


def test_the_image_s_user_writes_nothing_but_its_data(make_rig, tiny_account, open_folder):
    """Laid out as in the image, and run by user 10001 without a home, a night fills /data and nothing else."""
    if os.geteuid() != 0:
        pytest.skip("becoming user 10001 needs root")
    rig = make_rig(tiny_account)
    app, data = open_folder / "app", open_folder / "data"
    for name in re.findall(r"^COPY (\w+) /opt/harvester/app/\w+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE):
        shutil.copytree(ROOT / name, app / name, ignore=shutil.ignore_patterns("__pycache__"))
    data.mkdir()
    os.chown(data, 10001, 10001)
    before = sorted(app.rglob("*"))
    env = {**rig.box.environment(), "PATH": os.environ["PATH"], "PYTHONPATH": str(app)}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "HARVESTER_HOME": str(data)}
    words = (
        "--reuid=10001",
        "--regid=10001",
        "--clear-groups",
        sys.executable,
        "-m",
        "jobs",
        *commands()["Dockerfile"],
    )
    probe = [tool("setpriv"), *words[:3], sys.executable, "-c", "import pyarrow"]
    if subprocess.run(probe, cwd=data, env=env, capture_output=True, check=False).returncode:
        pytest.skip("another user may not read this Python")
    done = subprocess.run([tool("setpriv"), *words], cwd=data, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(app.rglob("*")) == before
    assert (data / "lake" / "segments").is_dir()


@pytest.fixture
def open_folder():
    """One that other users may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def function(make_rig, tiny_account, monkeypatch):
    """The handler in an environment of its own."""
    rig = make_rig(tiny_account)
    for name, value in rig.environment({"ZOOM_WEBHOOK_SECRET": SECRET, "HARVESTER_HOME": str(rig.home)}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(rig.cwd)
    from jobs.deploy import aws_lambda

    return rig, aws_lambda.handler


def http(body, headers, *, encoded=False):
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "requestContext": {"http": {"method": "POST"}},
        "headers": headers,
        "body": text,
        "isBase64Encoded": encoded,
    }


def signed(body, secret=SECRET):
    return sign_event(body, secret, str(int(time.time())))


def test_the_function_answers_keeps_and_harvests(function):
    """Over HTTP an event is kept and a forgery is not; from a queue it is harvested; a schedule runs any command."""
    rig, handler = function
    one, two = (each.uuid for each in rig.box.account.meetings[:2])
    body = rig.box.events.build("recording.completed", one)
    assert handler(http(body, signed(body), encoded=True)) == {"statusCode": 204}
    assert handler(http(body, signed(body, "another"))) == {"statusCode": 401}
    challenge = b'{"event":"endpoint.url_validation","payload":{"plainToken":"abc"},"event_ts":1}'
    answer = handler(http(challenge, signed(challenge)))
    assert (answer["statusCode"], set(json.loads(answer["body"]))) == (200, {"plainToken", "encryptedToken"})
    assert [each["state"] for each in read_events(rig)] == ["waiting"]

    other = rig.box.events.build("recording.completed", two)
    wrapped = json.dumps({"body": other.decode(), "headers": signed(other)})
    assert handler({"Records": [{"messageId": "m1", "body": wrapped}]}) == {"batchItemFailures": []}
    assert {each["state"] for each in read_events(rig)} == {"done"}
    assert handler({"command": ["nightly", "--since", "30d"]}) == {"exit_code": 0}
    check_archive(rig)
    check_lake(rig)


def test_the_function_says_what_it_cannot_do(function):
    """A forgery and a body that is no event are handed back alone; a failing command or invocation is an error."""
    rig, handler = function
    body = rig.box.events.build("recording.completed", rig.box.account.meetings[0].uuid)
    forged = json.dumps({"body": body.decode(), "headers": signed(body, "another")})
    good = rig.box.events.build("recording.completed", rig.box.account.meetings[1].uuid)
    records = [("forged", forged), ("nonsense", "hello"), ("good", good.decode())]
    assert handler({"Records": [{"messageId": name, "body": text} for name, text in records]}) == {
        "batchItemFailures": [{"itemIdentifier": "forged"}, {"itemIdentifier": "nonsense"}]
    }
    assert [each["state"] for each in read_events(rig)] == ["done"]  # one bad message keeps no other from its work
    rig.box.faults.add("file:html:always")
    with pytest.raises(Failed, match="ended with 3"):
        handler({"command": ["nightly", "--since", "30d"]})
    with pytest.raises(Failed, match="an invocation is"):
        handler({"command": "nightly"})
    rig.box.trashed.add(rig.box.account.meetings[0].uuid)
    assert handler({"Records": [{"messageId": "m7", "body": body.decode()}]}) == {
        "batchItemFailures": [{"itemIdentifier": "m7"}]
    }
