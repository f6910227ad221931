"""The disk under the spool, which can be filled to the last byte.

A tmpfs of 8 MiB where this machine lets us mount one (root); else the receiver's files are limited to their
first bytes by RLIMIT_FSIZE, which its writes meet as an error in the middle of a record just the same.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

_SIZE = 8 * 1024 * 1024
_PIECE = 65_536
# A record's head and a part of its content: what stands is torn.
_LIMIT = 700


class SpoolDisk:
    """A folder whose disk is full at will."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder, self.mounted = folder, mounted

    @contextlib.contextmanager
    def full(self, receiver: Callable[[], int]) -> Iterator[None]:
        """Full while the context lasts; `receiver` gives its process id."""
        if not self.mounted:
            with self._limited(receiver()):
                yield
            return
        ballast = self.folder / "ballast"
        try:
            with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
                for size in (_PIECE, 1):
                    with contextlib.suppress(OSError):
                        while file.write(b"\0" * size):
                            pass
            yield
        finally:
            ballast.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _limited(self, pid: int) -> Iterator[None]:
        _limit_files(pid, _LIMIT)
        try:
            yield
        finally:
            _limit_files(pid, resource.RLIM_INFINITY)


@contextlib.contextmanager
def spool_disk(folder: Path) -> Iterator[SpoolDisk]:
    """A disk for the spool; unmounted at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=0700", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and _quietly(command)
    try:
        yield SpoolDisk(folder, mounted=mounted)
    finally:
        if mounted:
            _quietly(["umount", "--lazy", str(folder)])


def _quietly(command: list[str]) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, check=False, capture_output=True, timeout=10).returncode == 0
    return False


def _limit_files(pid: int, soft: int) -> None:
    """Set how long a process's files may become; one that was killed meanwhile needs no limit."""
    with contextlib.suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
