"""The whole local stack: what it says, keeps, restarts and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from infra.local.launch import Launched, launched
from infra.local.parts import redis as local_redis
from infra.local.parts import s3 as local_s3
from infra.local.parts.bucket import BucketAddress, client
from infra.local.parts.process import PROJECT
from infra.local.ports import is_open
from runtime import env_file
from runtime.settings.every import EverySetting
from tests.pace import until

NAMES = ("receiver", "worker", "console", "redis", "s3", "simulator")
# Restart, loading and a loaded machine.
BACK_S = 30.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """One stack for the tests that leave it as it was."""
    with launched(tmp_path_factory.mktemp("stack"), "--simulator") as running:
        yield running


def bucket_of(line: Any) -> BucketAddress:
    """Where the bucket is that the stack tells of."""
    s3 = line["s3"]
    return BucketAddress(s3["endpoint"], s3["bucket"], s3["access_key"], s3["secret_key"], s3["prefix"])


def ready(line: Any) -> int:
    """The status of the receiver's /readyz, asked over TLS with the authority that the stack names."""
    context = ssl.create_default_context(cafile=line["ca"])
    with urllib.request.urlopen(f"{line['callbacks']}/readyz", timeout=30, context=context) as answer:  # noqa: S310
        return int(answer.status)


def command(data: Path) -> list[str]:
    """The stack's command."""
    return [sys.executable, "-m", "infra.local", "--data", str(data), "--json"]


def run_stack(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A stack that is not expected to start."""
    return subprocess.run(
        command(data),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=PROJECT,
        env={**os.environ, **environment},
    )


def ports_of(line: Any) -> set[int]:
    """The ports that its addresses name."""
    addresses = (line["callbacks"], line["simulator"], line["redis"], line["s3"]["endpoint"])
    return {urlsplit(address).port or 0 for address in addresses}


def started(words: list[str]) -> subprocess.Popen[str]:
    """A stack whose words are caught."""
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT)


def first_line(process: subprocess.Popen[str]) -> Any:
    """What it says when it is ready."""
    assert process.stdout
    return json.loads(process.stdout.readline())


class Moved(NamedTuple):
    """A stack that was killed, started again in its folder, and told to stop: what each of both said, and what was seen."""

    data: Path
    first: Any
    second: Any
    body: bytes
    ready: int
    ended: tuple[int, str, str]
    living: list[str]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """In a folder whose name needs quotes."""
    data = tmp_path_factory.mktemp("moved") / "my folder" / "it's var"
    with launched(data, "--simulator") as first:
        bucket = first.line["s3"]["bucket"]
        client(bucket_of(first.line)).put_object(Bucket=bucket, Key="kept", Body=b"bytes")
        os.kill(first.pid, signal.SIGKILL)
        assert until(lambda: not any(is_open(port) for port in ports_of(first.line)), BACK_S)
    with started([*command(data), "--simulator"]) as again:
        second = first_line(again)
        body = client(bucket_of(second)).get_object(Bucket=bucket, Key="kept")["Body"].read()
        answered = ready(second)
        again.terminate()
        rest, complaints = again.communicate(timeout=60)
    living = [name for name, pid in second["pids"].items() if Path(f"/proc/{pid}").exists()]
    return Moved(data, first.line, second, body, answered, (again.returncode, rest, complaints), living)


def test_the_line_says_where_everything_is(stack: Launched) -> None:
    """All parts have a process, the receiver answers over TLS, the bucket takes objects."""
    client(bucket_of(stack.line)).put_object(Bucket=stack.line["s3"]["bucket"], Key="object", Body=b"")

    assert set(stack.line) == {
        "callbacks",
        "ca",
        "console",
        "sign_in",
        "s3",
        "redis",
        "simulator",
        "pids",
        "env",
    }
    assert set(stack.line["pids"]) == set(NAMES)
    assert ready(stack.line) == 200


def test_its_environment_is_valid_settings(stack: Launched) -> None:
    """`env` names every variable that a process or the command needs for this very stack."""
    settings = EverySetting.read(stack.env)

    assert settings.address.public_url == stack.line["callbacks"]
    assert settings.downloads.allow_sources == (("127.0.0.1", urlsplit(stack.line["simulator"]).port),)
    assert settings.task_apis["apiinone"].base == f"{stack.line['simulator']}/apiinone/api/v1"


def test_stack_env_holds_the_same_for_its_owner_alone(stack: Launched) -> None:
    """What the command reads when nothing else is set."""
    file = stack.data / "stack.env"

    assert env_file.read(file.read_text(encoding="utf-8")) == stack.env
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", NAMES)
def test_what_was_killed_comes_back(stack: Launched, name: str) -> None:
    """The same command, a new process, which pids.json names."""
    first = stack.process_id(name)
    assert first
    os.kill(first, signal.SIGKILL)

    assert until(lambda: stack.process_id(name) not in {None, first}, BACK_S)


def test_a_second_stack_in_the_same_folder_says_who_holds_it(stack: Launched) -> None:
    """It starts nothing, and ends with 1."""
    second = run_stack(stack.data)

    assert (second.returncode, second.stdout) == (1, "")
    assert f"process {stack.pid}" in second.stderr


def test_a_second_start_finds_everything_as_it_was_and_ends_with_zero_at_sigterm(moved: Moved) -> None:
    """After SIGKILL of the stack nothing lingers, and ports, keys, data and certificate are the same.

    The second one said one line and no complaint, and all its processes are gone.
    """
    assert moved.body == b"bytes"
    assert moved.second["env"] == moved.first["env"]
    assert moved.ready == 200
    assert moved.ended == (0, "", "")
    assert moved.living == []


def test_servers_that_run_elsewhere_are_used(
    tmp_path: Path, redis_url: str, s3: local_s3.S3, prefix: str
) -> None:
    """REDIS_URL and S3_ENDPOINT with its variables: none of ours is started."""
    elsewhere = {
        "REDIS_URL": redis_url,
        "S3_ENDPOINT": s3.endpoint,
        "S3_BUCKET": s3.bucket,
        "S3_PREFIX": prefix,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
    }
    with launched(tmp_path, environment=elsewhere) as running:
        assert set(running.line["pids"]) == {"console", "receiver", "worker"}
        assert elsewhere.items() <= running.env.items()
        assert ready(running.line) == 200
    assert local_redis.answers(redis_url)


def test_a_setting_of_the_shell_that_is_wrong_is_told(tmp_path: Path) -> None:
    """The process's own words stand in the stack's."""
    run = run_stack(tmp_path, LEASE_S="soon")

    assert run.returncode == 1
    assert "LEASE_S" in run.stderr


def test_a_stack_in_a_folder_with_a_space_starts_again_in_a_shell_that_has_its_variables(
    moved: Moved,
) -> None:
    """`. var/stack.env` and `make up` once more, in the same shell; a port that was taken meanwhile is told."""
    before = moved.second["env"]
    file = moved.data / "stack.env"
    script = f'set -a; . "$1"; set +a; exec "{sys.executable}" -m infra.local --json --data "$2"'
    with (
        socket.create_server(("127.0.0.1", int(before["PORT"]))),
        started(["/bin/sh", "-c", script, "sh", str(file), str(moved.data)]) as third,
    ):
        line = first_line(third)
        third.terminate()
        _, told = third.communicate(timeout=60)

    assert set(line["pids"]) == {"console", "receiver", "worker", "redis", "s3"}
    assert f"This shell still has variables of the stack in {moved.data}: " in told
    assert f"Port {before['PORT']} is taken by another program: the receiver listens on " in told
    assert line["env"]["S3_ENDPOINT"] == before["S3_ENDPOINT"]


def test_a_server_that_is_not_there_is_told_immediately(tmp_path: Path) -> None:
    """Not after a minute of waiting for it."""
    run = run_stack(tmp_path, REDIS_URL="redis://127.0.0.1:9/0")

    assert run.returncode == 1
    assert "REDIS_URL names 127.0.0.1:9, where nobody listens" in run.stderr
