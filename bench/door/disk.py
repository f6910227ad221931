"""What this machine's disk takes for a write that is synced: PostgreSQL and Redis wait for it, the S3 of the bench does not."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.rounds import percentile

_WRITES, _BYTES = 100, 1024


def sync_ms(folder: Path) -> float:
    """The median of some writes of 1 kB, each synced, at the end of one file."""
    took_ms = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_WRITES):
            began_s = time.perf_counter()
            file.write(b"x" * _BYTES)
            file.flush()
            os.fdatasync(file.fileno())
            took_ms.append((time.perf_counter() - began_s) * 1000)
    return percentile(took_ms, 50)
