"""A machine of one's own: systemd as process 1 over a copy-on-write layer of this machine, on its network.

It needs root, and Debian's systemd-container. What is done in it is gone with it; what it shares is the network, so
services that a test starts here are reached from there.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.pace import until

# One takes two seconds; a machine that does other things may need a minute.
BOOT_S = 180.0
STOP_S = 30.0


class Machine:
    """A booted machine: programs run in it, and its files are read and written."""

    def __init__(self, root: Path, first_pid: int) -> None:
        self._root, self._first_pid = root, first_pid

    def run(
        self, *words: str, check: bool = True, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the machine, as root."""
        done = subprocess.run(
            ["nsenter", "--target", str(self._first_pid), "--all", "--wdns=/", *words],
            capture_output=True, text=True, timeout=300, check=False,
            env=None if environment is None else dict(environment),
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done

    def file(self, path: str) -> Path:
        """A file of the machine, as this one sees it."""
        return self._root / path.removeprefix("/")

    def journal(self, unit: str) -> str:
        """What a unit has said."""
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout

    def pid(self, unit: str) -> int:
        """The process of a service, by the machine's own counting; 0: none."""
        return int(self.run("systemctl", "show", "-P", "MainPID", unit).stdout)

    def runs(self) -> bool:
        """Whether systemd has come up."""
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in {
            "running",
            "degraded",
        }


@contextlib.contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    """A machine whose changes stand in the folder, which is given to a file system of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], check=True)
    try:
        for name in ("root", "upper", "work"):
            (folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(folder / "root")], check=True)
        try:
            (folder / "root/etc/machine-id").unlink(missing_ok=True)
            with _container(folder / "root", folder / "boot.log") as machine:
                yield machine
        finally:
            subprocess.run(["umount", "--lazy", str(folder / "root")], check=True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def _container(root: Path, log: Path) -> Iterator[Machine]:
    words = [
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--link-journal=no",
        "--console=passive",
    ]
    # A container's own filter, unlike a machine, has no Landlock.
    words.append("--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self")
    # Not what this machine starts by itself: only what is started there.
    words += ["--directory", str(root), "--boot", "systemd.unit=basic.target"]
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert until(lambda: process.poll() is not None or bool(children.read_text().split()), BOOT_S)
        assert process.poll() is None, log.read_text()
        machine = Machine(root, int(children.read_text().split()[0]))
        assert until(machine.runs, BOOT_S), log.read_text()
        yield machine
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        finally:
            process.kill()
            process.wait(STOP_S)
