"""`python -m bench.door.slow_s3 PORT TO_PORT MILLISECONDS`: a proxy whose answers come so much later.

It looks at no byte: what the server sends is held back, in order, for the time given; what the client sends
passes immediately. So one PUT, whose answer comes in one piece, takes that much longer.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque

import uvloop

from bench.passage import Passage, serve


class Late(Passage):
    """One connection."""

    late_s = 0.0

    def __init__(self, to_port: int) -> None:
        super().__init__(to_port)
        self._held: deque[bytes] = deque()

    def answered(self, data: bytes) -> None:
        """Hold back a piece of an answer."""
        self._held.append(data)
        asyncio.get_running_loop().call_later(self.late_s, self._let_go)

    def _let_go(self) -> None:
        # Timers of one moment may come in any order, the pieces may not.
        self.pass_back(self._held.popleft())


def main() -> None:
    """Pass until SIGTERM."""
    port, to_port, milliseconds = map(int, sys.argv[1:])
    Late.late_s = milliseconds / 1000
    uvloop.run(serve(port, lambda: Late(to_port)))


if __name__ == "__main__":
    main()
