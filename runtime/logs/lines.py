"""Lines for people.

2026-11-21 07:41:30,120 INFO workers.close_task archived: assets=1 [provider=evolink task=... delivery=... run=...]
    | a traceback's lines stand below it, each behind a bar
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from runtime.logs.subject import subject
from runtime.logs.words import Words


class LogLines(logging.Formatter):
    """Text, for every handler."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._words = Words(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """A record as it is written."""
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        head = self._words.line(self.formatMessage(record) + self._about(record.message))
        return "\n".join([head, *(f"    | {line}" for line in self._words.below(record))])

    def _about(self, message: str) -> str:
        """What it is about, but for what it names itself."""
        names = (f"{name}={value}" for name, value in subject().items())
        told = " ".join(name for name in names if name not in message)
        return f" [{told}]" if told else ""
