"""The image, built and run as compose runs it: two receivers, a worker and a console, behind compose's own Caddyfile."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from archive import tickets
from infra.local.ports import free_block
from tests.deploy.containers import Built, Podman
from tests.deploy.world import DOMAIN, World
from tests.integration.deploy.caddy_site import NAME
from tests.pace import until

COMPOSE = Path(__file__).parents[2] / "infra" / "deploy" / "compose"
MOST_BYTES = 200_000_000
RECEIVERS = ("receiver-1", "receiver-2")
AUTHORITY = "/authority.pem"
TEMPORARY = "/tmp/x"  # noqa: S108 - the one place where a container may write


class Deployment:
    """Containers of the image, and what stands around them."""

    def __init__(self, podman: Podman, world: World, ports: Mapping[str, int]) -> None:
        self.podman, self.world = podman, world
        self._ports = ports
        # Caddy lets its owner alone read it; who runs in the container is another.
        self._authority = world.site.authority.with_name("authority.pem")
        shutil.copy(world.site.authority, self._authority)
        self._authority.chmod(0o644)
        self.settings = {
            **world.settings(),
            "TICKET_KEYS": tickets.new_key("k1"),
            "TRUSTED_PROXIES": "127.0.0.1",
            "CONSOLE_HOST": "127.0.0.1",
            "CONSOLE_PORT": str(ports["console"]),
            "CONSOLE_LINKS": "true",
            "SSL_CERT_FILE": AUTHORITY,
        }

    def start(self, name: str) -> None:
        """Start a container as compose would, under its name there."""
        module = name.partition("-")[0].replace("worker", "workers")
        settings = {**self.settings, "PORT": str(self._ports[name])} if name in RECEIVERS else self.settings
        more = (f"--volume={self._authority}:{AUTHORITY}:ro", f"--add-host={DOMAIN}:127.0.0.1")
        self.podman.start(name, settings, ("python", "-m", module), *more)

    def is_well(self, name: str) -> bool:
        """What its health check says."""
        return self.podman.inside(name, "python", "healthy.py", check=False).returncode == 0

    def url(self) -> str:
        """A callback URL, under the name by which this machine is reached."""
        done = self.podman.inside("worker", "python", "-m", "console.cli", "url", "--provider", "evolink")
        return done.stdout.strip().replace(DOMAIN, NAME)


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    # Not among pytest's folders, which it clears away: podman mounts here.
    folder = Path(tempfile.mkdtemp(prefix="fixative-podman-"))
    started = Podman(folder)
    try:
        yield started
    finally:
        started.clear_away()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def built(podman: Podman) -> Built:
    return podman.build()


@pytest.fixture(scope="module")
def deployment(
    podman: Podman, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    del built
    first = free_block(3)
    ports = {name: first + place for place, name in enumerate((*RECEIVERS, "console"))}
    places = {
        "{$FIXATIVE_DOMAIN} {": f"{DOMAIN}, {NAME} {{",
        "{$CONSOLE_DOMAIN}": "console.localhost",
        "receiver-1:8443 receiver-2:8443": " ".join(f"127.0.0.1:{ports[name]}" for name in RECEIVERS),
        "console:8444": f"127.0.0.1:{ports['console']}",
    }
    with ExitStack() as stack:
        world = World(tmp_path_factory.mktemp("world"), stack, COMPOSE / "Caddyfile", places)
        started = Deployment(podman, world, ports)
        for name in (*RECEIVERS, "worker", "console"):
            started.start(name)
        yield started


def test_it_is_small_and_holds_what_the_processes_need_alone(podman: Podman, built: Built) -> None:
    assert built.image_bytes - built.base_bytes < MOST_BYTES
    listed = podman.run("run", "--rm", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "localhost/fixative", "ls", "-A", "/opt/fixative", "/usr/share/doc/fixative").stdout  # fmt: skip

    assert {"tests", "bench", "infra", ".git", "docs", "var"}.isdisjoint(listed.split())
    assert "requirements.txt" in listed


def test_all_processes_become_well(deployment: Deployment) -> None:
    for name in (*RECEIVERS, "worker", "console"):
        assert until(lambda name=name: deployment.is_well(name), 60), deployment.podman.log(name)  # type: ignore[misc]
    assert until(lambda: "worker ready" in deployment.podman.log("worker"), 60), deployment.podman.log(
        "worker"
    )


@pytest.mark.parametrize("name", [RECEIVERS[0], "worker", "console"])
def test_a_container_is_nobody_in_particular_and_writes_nowhere(deployment: Deployment, name: str) -> None:
    assert "10001" == deployment.podman.inside(name, "id", "-u").stdout.strip()
    for place in ("/opt/fixative", "/var/lib/fixative", "/etc", "/usr"):
        assert 0 != deployment.podman.inside(name, "touch", f"{place}/x", check=False).returncode
    assert 0 == deployment.podman.inside(name, "touch", TEMPORARY, check=False).returncode


def test_a_callback_is_archived_behind_caddy(deployment: Deployment) -> None:
    task = deployment.world.order(deployment.url())

    assert until(lambda: deployment.world.manifest(task) is not None, 60), deployment.podman.log("worker")
    assert "completed" == deployment.world.manifest(task)["status"]


def test_the_doctor_finds_all_well(deployment: Deployment) -> None:
    done = deployment.podman.inside("worker", "python", "-m", "console.cli", "doctor", check=False)

    assert 0 == done.returncode, done.stdout


def test_the_decoders_keep_their_walls(deployment: Deployment) -> None:
    [walls] = [line for line in deployment.podman.log("worker").splitlines() if "calls:" in line]

    assert "calls: seccomp" in walls


def test_one_receiver_after_the_other_is_replaced_and_nobody_is_refused(deployment: Deployment) -> None:
    with deployment.world.load(deployment.url()) as load:
        for name in RECEIVERS:
            assert load.goes_on()
            deployment.podman.run("rm", "--force", "--time=10", name)
            assert load.goes_on()
            deployment.start(name)
            assert until(lambda name=name: deployment.is_well(name), 60), deployment.podman.log(name)  # type: ignore[misc]
            # Caddy asks every five seconds whether it is back.
            assert load.goes_on(500)
    assert {202} == set(load.answers), load.answers


def test_a_check_of_a_door_that_is_shut_fails(deployment: Deployment) -> None:
    done = deployment.podman.run(
        "exec", f"--env=PORT={free_block(1)}", RECEIVERS[0], "python", "healthy.py", check=False
    )

    assert 1 == done.returncode
    assert "does not answer" in done.stderr


def test_the_bill_of_materials_is_json_where_there_is_one(deployment: Deployment) -> None:
    done = deployment.podman.inside("worker", "cat", "/usr/share/doc/fixative/sbom.cdx.json", check=False)

    if done.returncode == 0:
        assert "CycloneDX" == json.loads(done.stdout)["bomFormat"]
