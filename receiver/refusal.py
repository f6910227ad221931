"""A request that is not taken, from whichever part of the door found it wrong."""

from __future__ import annotations

BUSY = 503


class NotTaken(Exception):
    """The request is not taken; `status` is the answer, its text says why, and the connection ends with it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    @property
    def headers(self) -> dict[str, str]:
        """What the answer carries besides."""
        return {"Connection": "close", **({"Retry-After": "1"} if self.status == BUSY else {})}
