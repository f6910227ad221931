"""`python -m bench.way.witness PORT S3_PORT FILE`: a proxy before S3 that writes down when a manifest was answered for.

A line a manifest: the moment on the monotonic clock, which all processes of the machine share, the task, and
how many requests there were so far.
The moment is that at which S3's answer passes here: the manifest is visible, the worker does not know it yet.
It looks at the first bytes of a request and of its answer alone. Asking for the key every few milliseconds
would disturb S3 and know it later; `LastModified` has whole seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TextIO

import uvloop

from bench.passage import Passage, serve

_MANIFEST = b"/manifest.json"


class Witness(Passage):
    """One connection of the worker. botocore sends a request when it has the answer to the one before."""

    requests = 0  # of all connections

    def __init__(self, to_port: int, seen: TextIO) -> None:
        super().__init__(to_port)
        self._seen = seen
        self._is_new = True
        self._task = ""

    def asked(self, data: bytes) -> None:
        """Read the first line of a request."""
        if not self._is_new:
            return
        self._is_new = False
        Witness.requests += 1
        method, _, rest = data.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        self._task = path.split(b"/")[-2].decode() if method == b"PUT" and path.endswith(_MANIFEST) else ""

    def answered(self, data: bytes) -> None:
        """Write down an answer of 200 to a manifest's PUT."""
        if not self._is_new and self._task and data.startswith(b"HTTP/1.1 200"):
            self._seen.write(f"{time.monotonic():.6f} {self._task} {Witness.requests}\n")
        self._is_new = True
        self.pass_back(data)


def main() -> None:
    """Pass until SIGTERM."""
    port, to_port, file = sys.argv[1:]
    with Path(file).open("w", encoding="utf-8", buffering=1) as seen:
        uvloop.run(serve(int(port), lambda: Witness(int(to_port), seen)))


if __name__ == "__main__":
    main()
