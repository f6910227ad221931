"""One virtual machine, as its page says: installed, filled in, loaded, upgraded and taken back, under systemd itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.ports import is_free
from tests.deploy.machine import Machine, booted
from tests.deploy.world import DOMAIN, World
from tests.integration.deploy.caddy_site import NAME
from tests.pace import until

ROOT = Path(__file__).parents[2]
VM = ROOT / "infra" / "deploy" / "vm"
SOURCE = "/srv/fixative"
INSTALL = f"{SOURCE}/infra/deploy/vm/install.sh"
# Not this Python, which may lie in a home folder, but that of the distribution.
PYTHON = "PYTHON=/usr/bin/python3"
AUTHORITY = "/etc/fixative/authority.pem"
SETTINGS = "/etc/fixative/environment"
RECEIVER = "fixative-receiver.service"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert is_free(8443), "the receiver of the machine needs port 8443"
    with ExitStack() as stack:
        places = {f"{DOMAIN} {{": f"{DOMAIN}, {NAME} {{"}
        yield World(tmp_path_factory.mktemp("world"), stack, VM / "Caddyfile", places)


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
        shutil.copy(world.site.authority, started.file(AUTHORITY))
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

    fill_in(machine.file(SETTINGS), {**world.settings(), "SSL_CERT_FILE": AUTHORITY})
    before = machine.file(SETTINGS).read_text()
    assert "Fixative runs" in machine.run("env", PYTHON, INSTALL).stdout
    assert before == machine.file(SETTINGS).read_text()
    assert until(lambda: "ready" in machine.journal("fixative-worker@1"), 60), machine.journal(
        "fixative-worker@1"
    )


def test_a_callback_is_archived_over_https(machine: Machine, world: World) -> None:
    task = world.order(minted(machine))

    assert until(lambda: world.manifest(task) is not None, 60), machine.journal("fixative-worker@1")
    assert "completed" == world.manifest(task)["status"]


def test_the_doctor_finds_all_well(machine: Machine) -> None:
    said = machine.run("fixative", "doctor", check=False)

    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(("unit", "port"), [(RECEIVER, 9464), ("fixative-worker@1", 1941)])
def test_a_process_tells_its_metrics_at_a_port_of_its_own(machine: Machine, unit: str, port: int) -> None:
    told = f"metrics at http://127.0.0.1:{port}/metrics"

    assert until(lambda: told in machine.journal(unit), 60), machine.journal(unit)


def test_the_sandbox_leaves_the_decoders_their_walls(machine: Machine) -> None:
    walls = [line for line in machine.journal("fixative-worker@1").splitlines() if "calls:" in line]

    assert walls
    assert "files: landlock" in walls[-1]
    assert "calls: seccomp" in walls[-1]


def test_restarts_under_load_refuse_nobody(machine: Machine, world: World) -> None:
    with world.load(minted(machine)) as load:
        for _ in range(3):
            assert load.goes_on()
            old = machine.pid(RECEIVER)
            machine.run("systemctl", "restart", RECEIVER)
            assert machine.pid(RECEIVER) not in {0, old}
        assert load.goes_on()
    assert {202} == set(load.answers), load.answers


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
    task = world.order(minted(machine))
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
