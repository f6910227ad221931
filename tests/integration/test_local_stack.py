"""The whole local stack: what it says, keeps, restarts and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import ssl
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive.settings import Settings
from infra.local import redis as local_redis
from infra.local import s3 as local_s3
from infra.local.bucket import BucketAddress, client
from infra.local.launch import Launched, launched
from infra.local.ports import is_open
from infra.local.process import PROJECT
from infra.local.wait import until

NAMES = ("receiver", "worker", "redis", "s3", "simulator")
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
    with urllib.request.urlopen(f"{line['callbacks']}/readyz", timeout=5, context=context) as answer:  # noqa: S310
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


def test_the_line_says_where_everything_is(stack: Launched) -> None:
    """All parts have a process, the receiver answers over TLS, the bucket takes objects."""
    client(bucket_of(stack.line)).put_object(Bucket=stack.line["s3"]["bucket"], Key="object", Body=b"")

    assert set(stack.line) == {"callbacks", "ca", "console", "s3", "redis", "simulator", "pids", "env"}
    assert set(stack.line["pids"]) == set(NAMES)
    assert ready(stack.line) == 200


def test_its_environment_is_valid_settings(stack: Launched) -> None:
    """`env` names every variable that a process or the command needs for this very stack."""
    settings = Settings.from_environment(stack.env)

    assert settings.public_url == stack.line["callbacks"]
    assert settings.allow_sources == (("127.0.0.1", urlsplit(stack.line["simulator"]).port),)
    assert settings.apiinone_api == f"{stack.line['simulator']}/api/v1"


def test_stack_env_holds_the_same_for_its_owner_alone(stack: Launched) -> None:
    """What the command reads when nothing else is set."""
    file = stack.data / "stack.env"
    read = dict(line.split("=", 1) for line in file.read_text().splitlines())

    assert read == stack.env
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


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    """After SIGKILL of the stack nothing lingers, and ports, keys, data and certificate are the same."""
    with launched(tmp_path, "--simulator") as first:
        bucket = first.line["s3"]["bucket"]
        client(bucket_of(first.line)).put_object(Bucket=bucket, Key="kept", Body=b"bytes")
        os.kill(first.pid, signal.SIGKILL)
        assert until(lambda: not any(is_open(port) for port in ports_of(first.line)), BACK_S)
    with launched(tmp_path, "--simulator") as second:
        body = client(bucket_of(second.line)).get_object(Bucket=bucket, Key="kept")["Body"].read()

        assert body == b"bytes"
        assert second.env == first.env
        assert ready(second.line) == 200


def test_it_ends_with_zero_at_sigterm(tmp_path: Path) -> None:
    """It said one line and no complaint, and all its processes are gone."""
    with subprocess.Popen(
        command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT
    ) as popen:
        assert popen.stdout
        line = json.loads(popen.stdout.readline())
        popen.terminate()
        rest, complaints = popen.communicate(timeout=60)

    assert (popen.returncode, rest, complaints) == (0, "", "")
    assert [name for name, pid in line["pids"].items() if Path(f"/proc/{pid}").exists()] == []


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
        assert set(running.line["pids"]) == {"receiver", "worker"}
        assert elsewhere.items() <= running.env.items()
        assert ready(running.line) == 200
    assert local_redis.answers(redis_url)


def test_a_setting_of_the_shell_that_is_wrong_is_told(tmp_path: Path) -> None:
    """The process's own words stand in the stack's."""
    run = run_stack(tmp_path, LEASE_S="soon")

    assert run.returncode == 1
    assert "LEASE_S" in run.stderr
