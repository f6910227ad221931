"""A local stack that is not running is said to be that, immediately, and with what starts it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import tickets
from console.cli.local_stack import StackStopped, refuse_stopped
from console.cli.verbs import cli
from infra.local import older

# The discard port: nobody listens there on a machine of today.
NOBODY = 9
STACK = {
    "S3_BUCKET": "fixative", "S3_ENDPOINT": f"http://127.0.0.1:{NOBODY}", "REDIS_URL": f"redis://127.0.0.1:{NOBODY}/0",
    "PUBLIC_URL": f"https://127.0.0.1:{NOBODY}", "TICKET_KEYS": tickets.new_key("k1"), "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "s", "EVOLINK_API_KEY": "key",
}  # fmt: skip


@pytest.fixture
def somebody() -> Iterator[int]:
    """A port where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stack was started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        *(["ls"], ["failed"], ["show", "last"], ["open", "last"], ["link", "last"], ["get", "last", "out"]),
        *(["replay", "last"], ["trigger", "failed"], ["fetch", "last"], ["doctor"]),
    ],
)
def test_every_verb_says_that_the_stack_is_not_running(words: list[str], folder: Path) -> None:
    ran = CliRunner().invoke(cli, words, env={**STACK, older.MARK: str(folder / "var")})

    assert ran.exit_code == 1
    assert "the local stack is not running: `make up`" in ran.output
    assert "Error 111" not in ran.output


def test_a_url_is_minted_without_it(folder: Path) -> None:
    words = ["url", "--provider", "evolink"]
    env = {**STACK, older.MARK: str(folder / "var"), "PUBLIC_URL": "https://hooks.example.com"}

    assert CliRunner().invoke(cli, words, env=env).exit_code == 0


def test_a_stack_of_another_folder_is_named(folder: Path) -> None:
    with pytest.raises(StackStopped, match=f"`make up` in {folder / 'other'}$"):
        refuse_stopped({**STACK, older.MARK: str(folder / "other" / "var")})


def test_a_stack_is_started_by_what_started_it(folder: Path) -> None:
    for told, start in (
        ("var/demo", "`make demo` in "),
        ("elsewhere", r"`\.venv/bin/python -m infra\.local --data .*elsewhere`$"),
    ):
        with pytest.raises(StackStopped, match=f"not running: {start}"):
            refuse_stopped({**STACK, older.MARK: str(folder / "project" / told)})


@pytest.mark.parametrize("name", ["S3_ENDPOINT", "PUBLIC_URL", "REDIS_URL"])
def test_a_stack_of_which_a_part_listens_is_running(somebody: int, folder: Path, name: str) -> None:
    here = STACK[name].replace(f":{NOBODY}", f":{somebody}")

    refuse_stopped({**STACK, older.MARK: str(folder / "var"), name: here})


def test_what_is_no_local_stack_is_left_to_its_own_errors() -> None:
    refuse_stopped(STACK)
