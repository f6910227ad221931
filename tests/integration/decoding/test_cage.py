"""What a decoder that was taken over can do: next to nothing, and that is tried out in a real child."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.decoding.probes import Probed
from tests.integration.egress.origin import Origin
from workers.decoding import cage, landlock, seccomp

needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
needs_a_wall = pytest.mark.skipif(
    not landlock.version() and not seccomp.known(), reason="neither Landlock nor a seccomp filter"
)
needs_seccomp = pytest.mark.skipif(not seccomp.known(), reason="no seccomp filter for this kernel or machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("images")
    (made / "image").write_text("its bytes", encoding="utf-8")
    (made / "another").write_text("another's bytes", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def attempt(folder: Path) -> Iterator[Probed]:
    os.environ["AWS_SECRET_ACCESS_KEY"] = "canary-of-the-environment"
    try:
        probed = Probed(folder / "image")
        yield probed
        probed.child.end()
    finally:
        del os.environ["AWS_SECRET_ACCESS_KEY"]


def test_the_image_can_be_read_by_who_has_it_in_hand(attempt: Probed) -> None:
    for _ in range(3):
        assert attempt("read the image", "") == "its bytes"


@needs_a_wall
@pytest.mark.parametrize(
    "path",
    [
        "{folder}/another",
        "{folder}/image",
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/environ",
        __file__,
        "/dev/zero",
        "{python}",
    ],
)
def test_no_file_can_be_opened_not_even_another_image(attempt: Probed, folder: Path, path: str) -> None:
    path = path.format(folder=folder, python=sys.executable)
    assert attempt("read", path) == "refused: PermissionError"


@needs_a_wall
def test_the_image_in_hand_cannot_be_opened_anew(attempt: Probed) -> None:
    assert attempt("open the image", "") == "refused: PermissionError"


@needs_landlock
def test_the_names_of_other_images_cannot_be_learned(attempt: Probed, folder: Path) -> None:
    assert attempt("list", str(folder)) == "refused: PermissionError"


@needs_landlock
@pytest.mark.parametrize("deed", ["write", "remove"])
@pytest.mark.parametrize("name", ["image", "another"])
def test_nothing_can_be_written_or_removed(attempt: Probed, folder: Path, deed: str, name: str) -> None:
    assert attempt(deed, str(folder / name)) in {"refused: PermissionError", "refused: FileNotFoundError"}
    assert (folder / "image").read_text(encoding="utf-8") == "its bytes"


@needs_landlock
def test_no_module_can_be_imported_any_more(attempt: Probed) -> None:
    assert attempt("import", "http.server").startswith("refused")


@needs_seccomp
def test_no_connection_can_be_made_and_the_canary_sees_nothing(attempt: Probed) -> None:
    with Origin() as canary, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)  # noqa: FBT003 - the socket's own word
        assert attempt("connect", str(canary.port)) == "refused: PermissionError"
        assert attempt("send a datagram", str(datagrams.getsockname()[1])) == "refused: PermissionError"
        assert attempt("make a pair of sockets", "") == "refused: PermissionError"
        assert canary.connections == 0
        with pytest.raises(BlockingIOError):
            datagrams.recv(1)


@needs_seccomp
@pytest.mark.parametrize(
    ("deed", "argument"), [("fork", ""), ("start a thread", ""), ("run a program", "/bin/true")]
)
def test_no_process_can_be_started(attempt: Probed, deed: str, argument: str) -> None:
    assert attempt(deed, argument) in {"refused: PermissionError", "refused: RuntimeError"}


@needs_seccomp
@pytest.mark.parametrize("deed", ["signal", "trace"])
def test_the_worker_itself_cannot_be_touched(attempt: Probed, deed: str) -> None:
    assert attempt(deed, str(os.getpid())) == "refused: PermissionError"


@needs_seccomp
def test_the_mode_of_a_file_cannot_be_changed(attempt: Probed, folder: Path) -> None:
    assert attempt("change mode", str(folder / "image")) == "refused: PermissionError"


def test_there_is_no_environment(attempt: Probed) -> None:
    assert attempt("environment", "") == "{}"


def test_only_the_image_its_socket_and_the_null_device_are_open(attempt: Probed) -> None:
    for _ in range(70):  # more than a child may have open: each image is closed when it is done
        told = attempt("descriptors", "")
    assert told == "1 regular, c, s"


def test_a_child_has_no_new_privileges_and_bounds_on_everything(attempt: Probed) -> None:
    attempt("environment", "")
    told = Path(f"/proc/{attempt.child.pid}")
    status = (told / "status").read_text(encoding="ascii")
    assert "NoNewPrivs:\t1" in status
    assert ("Seccomp:\t2" in status) == seccomp.known()
    limits = (told / "limits").read_text(encoding="ascii")
    rows = {line[:25].strip(): line[25:].split()[0] for line in limits.splitlines()[1:]}
    assert rows["Max processes"] == rows["Max core file size"] == rows["Max file size"] == "0"
    assert (rows["Max address space"], rows["Max open files"]) == ("1073741824", "64")


def test_the_walls_are_told() -> None:
    assert cage.walls().startswith("files: ")


def test_each_comparison_of_the_filter_leads_to_the_refusal() -> None:
    for machine in seccomp._MACHINES.values():
        program = seccomp._program(*machine)
        steps = [program[at : at + 8] for at in range(0, len(program), 8)]
        refusal = len(steps) - 1
        assert steps[-1][:2] == steps[-2][:2]  # two returns: allowed, refused
        for at, step in enumerate(steps[:-2]):
            jumps = [at + 1 + offset for offset in step[2:4] if offset]
            assert all(target == refusal for target in jumps), (at, step)
