"""docs/first-hour.md is walked line by line, and what `make up` prints is pasted as it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.stack import ROOT, START_S, until
from tests.system.walk import Shell, checkout_in, made, steps_of

STEPS = steps_of((ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8"))
DEMO, UP, *WALK = STEPS
READY = "Ctrl-C stops"
DEMO_S = 600.0


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shell of somebody who is new here, on a machine without a screen."""
    ours = ("AWS_", "S3_", "FIXATIVE_", "REDIS_", "MAKE", "MFLAGS", "DISPLAY", "WAYLAND", "COLUMNS", "LINES")
    shell = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**shell, "HOME": str(tmp_path_factory.mktemp("home")), "DEMO_EXIT": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, as somebody has just cloned it."""
    return checkout_in(tmp_path_factory.mktemp("first hour") / "fixative")


@pytest.fixture(scope="module")
def printed(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """What `make up` prints, while it runs."""
    with made("up", folder, environment) as (_, said):
        until("make up", lambda: READY in said.read_text(encoding="utf-8"), START_S)
        yield said.read_text(encoding="utf-8")


@pytest.fixture
def shell(folder: Path, environment: dict[str, str]) -> Iterator[Shell]:
    """Another terminal, in the same folder."""
    shell = Shell(folder, environment)
    yield shell
    shell.close()


def test_the_walk_begins_with_the_two_that_need_a_terminal_of_their_own() -> None:
    assert ["make demo\n", "make up\n"] == [DEMO.commands, UP.commands]


@pytest.mark.usefixtures("printed")
def test_each_line_of_the_walk_does_what_it_says(
    folder: Path, environment: dict[str, str], shell: Shell
) -> None:
    with made("demo", folder, environment) as (demo, said):
        for step in WALK:
            shell.walk(step)
        demo.wait(DEMO_S)
        assert demo.returncode == 0, said.read_text(encoding="utf-8")


def test_what_make_up_prints_works_as_it_is_printed(printed: str, shell: Shell) -> None:
    order = re.search(r"^  curl (?:.*\\\n)+.*$", printed, re.MULTILINE)
    assert order
    assert (0, True) == (shell.run(order[0])[0], "first-hour.md" in printed)
    commands = re.findall(r"^  (\S*fixative .*)$", printed, re.MULTILINE)
    assert [".venv/bin/fixative trigger completed"] == [line for line in commands if "trigger" in line]
    for line in sorted(commands, key=lambda line: "trigger" not in line):
        code, output = shell.run(line)
        assert code == 0, output
