"""The lock lets in what was chosen, and nothing else."""

from __future__ import annotations

import pytest

from infra.supply_chain import ROOT, problems_of

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
HASH = f"--hash=sha256:{'a' * 64}"


def test_the_lock_of_this_project_is_sound() -> None:
    assert [] == problems_of(LOCK, PROJECT)


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
    told = PROJECT.replace('"boto3>=1.44"', '"boto3>=1.44",\n"left-pad>=1"')

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
