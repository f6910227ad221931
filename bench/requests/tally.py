"""`python -m bench.requests.tally PORT S3_PORT FILE`: a proxy before S3 that writes down each request.

A line a request: its method, LIST for a listing and DELETE for the removal of many, and the top of its key. It looks at
the first line of a request alone: botocore sends one when it has the answer to the one before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import uvloop

from bench.passage import Passage, serve


class Tally(Passage):
    """One connection of a receiver or a worker."""

    def __init__(self, to_port: int, seen: TextIO) -> None:
        super().__init__(to_port)
        self._seen, self._is_new = seen, True

    def asked(self, data: bytes) -> None:
        """Write a request down."""
        if self._is_new:
            self._is_new = False
            self._seen.write(kind_of(data.partition(b"\r\n")[0].decode("latin-1")) + "\n")

    def answered(self, data: bytes) -> None:
        """Pass it on; what is asked next is another request."""
        self._is_new = True
        self.pass_back(data)


def kind_of(line: str) -> str:
    """A request's first line as the books have it: `PUT inbox`."""
    method, _, rest = line.partition(" ")
    path, _, query = rest.partition(" ")[0].partition("?")
    key = path.strip("/").partition("/")[2]
    if "list-type=2" in query:
        return "LIST"
    return f"{'DELETE' if method == 'POST' else method} {key.partition('/')[0]}".strip()


def main() -> None:
    """Pass until SIGTERM."""
    port, to_port, file = sys.argv[1:]
    with Path(file).open("w", encoding="utf-8", buffering=1) as seen:
        uvloop.run(serve(int(port), lambda: Tally(int(to_port), seen)))


if __name__ == "__main__":
    main()
