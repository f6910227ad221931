"""The commands of the runbooks do what they say, line by line, on a running stack.

The first hour is walked with the command as it is installed; here it is forked from one that is loaded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.lent_command import lent_command
from tests.system.stack import COMMAND_S, ROOT, Stack, running, until
from tests.system.walk import Shell, Step, steps_of

RUNBOOKS = sorted(path for path in (ROOT / "docs" / "runbooks").glob("*.md") if path.name != "README.md")
OTHER = "another"
# What several runbooks say (look with the doctor) is done once.
WALKED: set[Step] = set()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: these commands speak of all tasks, and some of them wait for nobody else's."""
    with running(tmp_path_factory.mktemp("runbooks")) as stack:
        stack.fixative("trigger", "completed")
        yield stack


@pytest.fixture(scope="module")
def command() -> Iterator[Path]:
    """A folder for the PATH; a socket's path may have 107 characters at most."""
    with tempfile.TemporaryDirectory() as short, lent_command(Path(short), COMMAND_S) as folder:
        yield folder


@pytest.fixture
def shell(own: Stack, command: Path) -> Iterator[Shell]:
    ours = str(Path(sys.executable).parent)
    more = {"PATH": f"{command}:{ours}:{os.environ['PATH']}", "OTHER_BUCKET": OTHER}
    shell = Shell(own.data, {**os.environ, **own.line["env"], **more})
    yield shell
    shell.close()


def test_a_line_that_fails_is_seen(shell: Shell) -> None:
    lines = ("fixative ls", "(exit 3)", "fixative ls --status none", "fixative show none")
    assert [0, 3, 2, 1] == [shell.run(line)[0] for line in lines]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_each_line_does_what_it_says(own: Stack, shell: Shell, path: Path) -> None:
    if path.stem == "another-bucket":
        copy_all(own)

    for step in steps_of(path.read_text(encoding="utf-8")):
        if step not in WALKED:
            shell.walk(step)
            WALKED.add(step)


def copy_all(stack: Stack) -> None:
    """The archive in another bucket, copied by a program that takes along no checksum of ours."""
    until("rest", stack.at_rest)
    stack.s3.create_bucket(Bucket=OTHER)
    for key, body in stack.standing().items():
        stack.s3.put_object(Bucket=OTHER, Key=stack.prefix + key, Body=body)


def test_what_is_removed_is_told_until_it_is_brought_back(own: Stack) -> None:
    until("rest", own.at_rest)
    gone = next(key for key in own.keys("tasks/") if not key.endswith("manifest.json"))
    body = own.read(gone)
    own.s3.delete_object(Bucket=own.bucket, Key=own.prefix + gone)

    told = own.fixative("fsck", check=False)
    assert (1, True, True) == (told.returncode, "image_gone" in told.stdout, gone in told.stdout)

    own.s3.put_object(Bucket=own.bucket, Key=own.prefix + gone, Body=body)
    assert "all is well" in own.fixative("fsck").stdout
