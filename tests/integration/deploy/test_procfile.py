"""The Procfile as a platform runs it: by honcho, with the settings of `infra/deploy/procfile`, behind a router."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from archive import tickets
from archive.queue.redis_url import read_redis_url
from infra.local.parts import redis, s3
from infra.local.parts.process import Process
from infra.local.ports import free_block, is_free
from runtime.env_file import read, written
from tests.integration.deploy.caddy_site import NAME, Site, caddy
from tests.integration.door.lone_receiver import ROOT
from tests.pace import until
from tests.unit.docs.workflows import PYTHONS

PLATFORM = ROOT / "infra" / "deploy" / "procfile" / "platform.env"
CADDYFILE = ROOT / "infra" / "deploy" / "vm" / "Caddyfile"
START_S = 60.0


class Platform:
    """The processes of the Procfile, and the file of what they were told."""

    def __init__(self, process: Process, told: Mapping[str, str]) -> None:
        self.process, self.told = process, told

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command, as one would run it there."""
        return subprocess.run(
            [sys.executable, "-m", "console.cli", *words],
            capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={**bare(), **self.told},
        )  # fmt: skip


def bare() -> dict[str, str]:
    """An environment with nothing in it but the way to Python."""
    return {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, int]]:
    """The platform's router, and the port to which it leads."""
    port = free_block(3)
    places = {"cb.example.com": NAME, "127.0.0.1:8443": f"127.0.0.1:{port}"}
    with caddy(tmp_path_factory.mktemp("router") / "caddy", CADDYFILE, places) as started:
        yield started, port


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, site: tuple[Site, int]) -> Iterator[Platform]:
    router, port = site
    folder = tmp_path_factory.mktemp("platform")
    with s3.start(folder / "s3") as bucket, redis.start(folder / "redis") as queue:
        told = read(PLATFORM.read_text(encoding="utf-8")) | {
            "S3_BUCKET": bucket.bucket,
            "S3_ENDPOINT": bucket.endpoint,
            "AWS_ACCESS_KEY_ID": bucket.access_key,
            "AWS_SECRET_ACCESS_KEY": bucket.secret_key,
            "AWS_REGION": "us-east-1",
            "REDIS_URL": queue.url,
            "PUBLIC_URL": router.url,
            "TICKET_KEYS": tickets.new_key("k1"),
            # The console, as one opens it on one's own machine.
            "CONSOLE_PORT": str(port + 1),
            "CONSOLE_LINKS": "true",
            # The router's authority is of this test alone.
            "SSL_CERT_FILE": str(router.authority),
        }
        environment = folder / "platform.env"
        environment.write_text(written(told), encoding="utf-8")
        honcho = shutil.which("honcho", path=bare()["PATH"])
        assert honcho
        process = Process(
            "honcho",
            [honcho, "start", "-d", str(ROOT), "-e", str(environment), "-p", str(port), "--no-colour"],
            folder=ROOT,
            log=folder / "honcho.log",
            environment=bare(),
        )
        process.start()
        try:
            yield Platform(process, told)
        finally:
            process.stop()


def test_every_process_starts_and_the_doctor_finds_nothing_but_the_name_of_this_machine(
    platform: Platform, site: tuple[Site, int]
) -> None:
    said = platform.process.log
    assert until(
        lambda: not platform.process.alive() or ("ready" in said.read_text() and not is_free(site[1] + 1)),
        START_S,
    )
    assert platform.process.alive(), said.read_text()
    done = platform.command("doctor")
    problems = [line for line in done.stdout.splitlines() if line.startswith("PROBLEM")]

    assert "way of a callback" in done.stdout, f"{done.stdout}\n{done.stderr}"
    # No provider can call a machine by this name; there is no other that leads here on every machine.
    assert [f"{NAME} is this machine"] == [
        line.partition("refuse it: ")[2].partition(";")[0] for line in problems
    ]


def test_all_end_in_order_when_they_are_told_to(platform: Platform) -> None:
    platform.process.send(signal.SIGTERM)
    assert until(lambda: not platform.process.alive(), START_S)

    said = platform.process.log.read_text()
    assert "Traceback" not in said
    assert "SIGKILL" not in said


def test_the_python_that_is_asked_for_is_one_that_is_run_here() -> None:
    assert (ROOT / ".python-version").read_text().strip() in PYTHONS


@pytest.mark.parametrize(
    ("dyno", "url", "becomes"),
    [
        (
            "web.1",
            "rediss://:p@ec2.example.com:21500",
            "rediss://:p@ec2.example.com:21500?ssl_cert_reqs=none",
        ),
        ("web.1", "rediss://:p@h:1?ssl_cert_reqs=required", "rediss://:p@h:1?ssl_cert_reqs=required"),
        ("web.1", "redis://:p@h:1", "redis://:p@h:1"),
        ("", "rediss://:p@h:1", "rediss://:p@h:1"),
        ("web.1", "", ""),
    ],
)
def test_heroku_alone_is_told_that_its_redis_cannot_be_verified(dyno: str, url: str, becomes: str) -> None:
    """See https://devcenter.heroku.com/articles/dynos#the-profile-file."""
    told = {name: value for name, value in (("DYNO", dyno), ("REDIS_URL", url)) if value}
    words = ["/bin/sh", "-euc", '. ./.profile; printf %s "${REDIS_URL:-}"']
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, env=told).stdout

    assert becomes == said
    if said:
        read_redis_url(said)
