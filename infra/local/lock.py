"""One stack a data folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.errors import AlreadyRunning


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the data folder while the context lasts; the kernel lets go of it when the process ends.

    Raises:
        AlreadyRunning: with who holds it.
    """
    # It holds keys, and prompts, which are personal data.
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise AlreadyRunning(
                f"A stack runs already in {data}: {holder}. Stop that one, or name another folder with --data."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S %z')}")
        file.flush()
        yield
