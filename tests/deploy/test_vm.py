"""One virtual machine, as its page says: installed, filled in, loaded, upgraded and taken back, under systemd itself."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.parts import redis as redis_part
from infra.local.parts import s3 as s3_part
from infra.local.parts import simulator
from infra.local.parts.bucket import client
from infra.local.ports import free_block, is_free
from infra.local.wait import until
from tests.deploy.machine import Machine, booted
from tests.integration.deploy.caddy_site import NAME, caddy

ROOT = Path(__file__).parents[2]
VM = ROOT / "infra" / "deploy" / "vm"
SOURCE = "/srv/fixative"
INSTALL = f"{SOURCE}/infra/deploy/vm/install.sh"
# Not this Python, which may lie in a home folder, but that of the distribution.
PYTHON = "PYTHON=/usr/bin/python3"
DOMAIN = "cb.example.com"
SETTINGS = "/etc/fixative/environment"
RECEIVER = "fixative-receiver.service"
CLIENTS = 4


class World:
    """What stands around the machine: an S3, a Redis, a provider, and a Caddy with its site."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.s3 = stack.enter_context(s3_part.start(folder / "s3"))
        self.redis = stack.enter_context(redis_part.start(folder / "redis"))
        self.site = stack.enter_context(
            caddy(folder / "caddy", VM / "Caddyfile", {f"{DOMAIN} {{": f"{DOMAIN}, {NAME} {{"})
        )
        self.provider = free_block(1)
        part = simulator.part(folder / "simulator", self.provider, self.site.authority)
        assert part.process
        part.process.start()
        stack.callback(part.process.stop)
        assert until(lambda: simulator.answers(self.provider), 30)
        self.http = urllib3.PoolManager(retries=False, timeout=30)

    def settings(self) -> dict[str, str]:
        """What its owner fills in."""
        return {
            "S3_BUCKET": self.s3.bucket,
            "S3_ENDPOINT": self.s3.endpoint,
            "AWS_ACCESS_KEY_ID": self.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            "AWS_REGION": "us-east-1",
            "REDIS_URL": self.redis.url,
            "PUBLIC_URL": f"https://{DOMAIN}:{self.site.port}",
            # The simulator's links are no provider's, and Caddy's authority is nobody's.
            "ALLOW_SOURCES": f"127.0.0.1:{self.provider}",
            "SSL_CERT_FILE": "/etc/fixative/authority.pem",
        }

    def order(self, machine: Machine) -> str:
        """Order an image, to be called back at an address that is minted there; the task's id."""
        url = minted(machine)
        answer = self.http.request(
            "POST", f"http://127.0.0.1:{self.provider}/v1/images/generations",
            json={"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1:1", "callback_url": url},
            headers={"Authorization": "Bearer test"},
        )  # fmt: skip
        assert answer.status == 200, answer.data
        return str(answer.json()["id"])

    def manifest(self, task: str) -> Any:
        """The manifest of a task, or None."""
        s3 = client(self.s3.address)
        listed = s3.list_objects_v2(Bucket=self.s3.bucket, Prefix="tasks/").get("Contents", [])
        keys = [found["Key"] for found in listed if found["Key"].endswith(f"/{task}/manifest.json")]
        return json.loads(s3.get_object(Bucket=self.s3.bucket, Key=keys[0])["Body"].read()) if keys else None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert is_free(8443), "the receiver of the machine needs port 8443"
    with ExitStack() as stack:
        yield World(tmp_path_factory.mktemp("world"), stack)


@pytest.fixture(scope="module")
def machine(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One on which nobody has done anything yet but check out the sources."""
    with booted(tmp_path_factory.mktemp("machine")) as started:
        shutil.copytree(
            ROOT,
            started.file(SOURCE),
            ignore=shutil.ignore_patterns(".git", ".venv*", ".cache", "var", ".*_cache"),
        )
        with started.file("/etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 {DOMAIN}\n")
        started.file("/etc/fixative").mkdir()
        shutil.copy(world.site.authority, started.file("/etc/fixative/authority.pem"))
        yield started


def minted(machine: Machine) -> str:
    """A callback URL, under the name by which it is reached from outside the machine."""
    return machine.run("fixative", "url", "--provider", "evolink").stdout.strip().replace(DOMAIN, NAME)


def fill_in(path: Path, told: dict[str, str]) -> None:
    """Set these in a file of settings, as its owner would."""
    kept = [line for line in path.read_text().splitlines() if line.partition("=")[0] not in told]
    path.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in told.items()), ""]))


def release(machine: Machine) -> str:
    return str(machine.file("/opt/fixative/current").readlink())


def test_a_first_run_asks_for_what_it_cannot_know_and_a_second_starts_all(
    machine: Machine, world: World
) -> None:
    said = machine.run("env", PYTHON, INSTALL).stdout
    assert all(name in said for name in ("S3_BUCKET", "PUBLIC_URL"))
    assert "TICKET_KEYS" not in said
    assert 0o600 == machine.file(SETTINGS).stat().st_mode & 0o777

    fill_in(machine.file(SETTINGS), world.settings())
    before = machine.file(SETTINGS).read_text()
    assert "Fixative runs" in machine.run("env", PYTHON, INSTALL).stdout
    assert before == machine.file(SETTINGS).read_text()
    assert until(lambda: "ready" in machine.journal("fixative-worker@1"), 60), machine.journal(
        "fixative-worker@1"
    )


def test_a_callback_is_archived_over_https(machine: Machine, world: World) -> None:
    task = world.order(machine)

    assert until(lambda: world.manifest(task) is not None, 60), machine.journal("fixative-worker@1")
    assert "completed" == world.manifest(task)["status"]


def test_the_doctor_finds_all_well(machine: Machine) -> None:
    said = machine.run("fixative", "doctor", check=False)

    assert said.returncode == 0, said.stdout


def test_the_sandbox_leaves_the_decoders_their_walls(machine: Machine) -> None:
    walls = [line for line in machine.journal("fixative-worker@1").splitlines() if "calls:" in line]

    assert walls
    assert "files: landlock" in walls[-1]
    assert "calls: seccomp" in walls[-1]


def test_restarts_under_load_refuse_nobody(machine: Machine, world: World) -> None:
    url = minted(machine)
    answers: Counter[int] = Counter()
    over = threading.Event()

    def post(place: int) -> None:
        with urllib3.PoolManager(ca_certs=str(world.site.authority), retries=False, timeout=30) as http:
            number = 0
            while not over.wait(0.01):
                number += 1
                body = {"id": f"task-unified-1795000000-vm{place}x{number:06}", "status": "failed"}
                answers[http.request("POST", url, json=body).status] += 1

    clients = [threading.Thread(target=post, args=(place,)) for place in range(CLIENTS)]
    for thread in clients:
        thread.start()
    try:
        for _ in range(3):
            served, old = answers.total(), machine.pid(RECEIVER)
            assert until(lambda served=served: answers.total() > served + 50, 60)  # type: ignore[misc]
            machine.run("systemctl", "restart", RECEIVER)
            assert machine.pid(RECEIVER) not in {0, old}
        served = answers.total()
        assert until(lambda: answers.total() > served + 50, 60)
    finally:
        over.set()
        for thread in clients:
            thread.join(60)
    assert {202} == set(answers), answers


def test_an_upgrade_and_its_rollback_are_one_line_each(machine: Machine, world: World) -> None:
    first = release(machine)
    project = machine.file(f"{SOURCE}/pyproject.toml")
    project.write_text(project.read_text().replace('\nversion = "', '\nversion = "9.'))
    machine.run("env", PYTHON, INSTALL)
    second = release(machine)
    assert first != second
    assert "version 9." in machine.run("fixative", "--version").stdout

    machine.run("env", PYTHON, "/opt/fixative/previous/infra/deploy/vm/install.sh")
    assert first == release(machine)
    assert second == str(machine.file("/opt/fixative/previous").readlink())
    task = world.order(machine)
    assert until(lambda: world.manifest(task) is not None, 60)


def test_what_was_broken_off_is_made_anew(machine: Machine) -> None:
    made = release(machine)
    machine.file(f"{made}/.whole").unlink()
    machine.file(f"{made}/receiver/app.py").write_text("half a fi")

    machine.run("env", PYTHON, "/opt/fixative/previous/infra/deploy/vm/install.sh")
    project = machine.file(f"{SOURCE}/pyproject.toml")
    project.write_text(project.read_text().replace('\nversion = "9.', '\nversion = "'))
    machine.run("env", PYTHON, INSTALL)
    assert made == release(machine)
    assert "half a fi" not in machine.file(f"{made}/receiver/app.py").read_text()
