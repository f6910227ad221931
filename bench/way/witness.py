"""`python -m bench.way.witness PORT S3_PORT FILE`: a proxy before S3 that writes down when a manifest was answered for.

A line a manifest: the moment on the monotonic clock, which all processes of the machine share, the task, and
how many requests there were so far. Beside it, in FILE.asked, a line a request: when it was asked, when it was answered,
and what it was (`PUT image`).
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
from bench.requests.tally import kind_of
from bench.way.stages import asked_beside

_MANIFEST = b"/manifest.json"


class Witness(Passage):
    """One connection of the worker. botocore sends a request when it has the answer to the one before."""

    requests = 0  # of all connections

    def __init__(self, to_port: int, seen: TextIO, asked: TextIO) -> None:
        super().__init__(to_port)
        self._seen, self._asked = seen, asked
        self._kind, self._asked_s = "", 0.0
        self._is_new = True
        self._task = ""

    def asked(self, data: bytes) -> None:
        """Read the first line of a request."""
        if not self._is_new:
            return
        self._is_new = False
        Witness.requests += 1
        self._asked_s = time.monotonic()
        method, _, rest = data.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        self._task = path.split(b"/")[-2].decode() if method == b"PUT" and path.endswith(_MANIFEST) else ""
        self._kind = kind_of_task_in(data)

    def answered(self, data: bytes) -> None:
        """Write down an answer of 200 to a manifest's PUT."""
        if not self._is_new:
            self._asked.write(f"{self._asked_s:.6f} {time.monotonic():.6f} {self._kind}\n")
        if not self._is_new and self._task and data.startswith(b"HTTP/1.1 200"):
            self._seen.write(f"{time.monotonic():.6f} {self._task} {Witness.requests}\n")
        self._is_new = True
        self.pass_back(data)


def kind_of_task_in(data: bytes) -> str:
    """What a request is, by its first line: `PUT image`, `PUT manifest`, `GET inbox`."""
    line = data.partition(b"\r\n")[0].decode("latin-1")
    kind = kind_of(line)
    if not kind.endswith(" tasks"):
        return kind
    return kind.replace("tasks", "manifest" if ".json" in line else "image")


def main() -> None:
    """Pass until SIGTERM."""
    port, to_port, file = sys.argv[1:]
    with (
        Path(file).open("w", encoding="utf-8", buffering=1) as seen,
        asked_beside(Path(file)).open("w", encoding="utf-8", buffering=1) as asked,
    ):
        uvloop.run(serve(int(port), lambda: Witness(int(to_port), seen, asked)))


if __name__ == "__main__":
    main()
