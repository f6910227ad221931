"""Lines for programs: one JSON object each, whoever wrote it.

{"time": "2026-11-21T07:41:30.120Z", "level": "info", "process": "worker", "pid": 7, "logger": "workers.close_task",
 "message": "archived: assets=1", "provider": "evolink", "task": "...", "delivery": "...", "run": "1f2e3d4c",
 "step": "archived", "assets": 1}

The message is that of the text, character for character; a traceback stands in `traceback`, its lines apart.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from runtime.logs.subject import subject
from runtime.logs.words import Words

# What Docker and containerd read at a time; a longer line reaches whoever collects them in pieces, and no piece is
# JSON: `defaultBufSize` in https://github.com/moby/moby/blob/master/daemon/logger/copier.go
LINE_MAX_BYTES = 16_384


class JsonLines(logging.Formatter):
    """JSON, for every handler; `process` says whose log it is."""

    def __init__(self, secrets: Iterable[str] = (), *, process: str = "") -> None:
        super().__init__()
        self._words, self._process = Words(secrets), process

    def format(self, record: logging.LogRecord) -> str:
        """A record as it is written."""
        told: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "message": self._words.line(record.getMessage()),
        }
        for name, value in (*subject().items(), *getattr(record, "facts", {}).items()):
            told.setdefault(name, self._words.line(value) if isinstance(value, str) else value)
        if below := "\n".join(self._words.below(record)):
            told["traceback"] = below
        return _bounded(told)


def _bounded(told: dict[str, Any]) -> str:
    """The object in ASCII; its longest text gives way where it is too long: a traceback at its beginning."""
    line = json.dumps(told)
    while len(line) >= LINE_MAX_BYTES:  # with its line break
        told["cut"] = True
        longest = max(
            (name for name in told if isinstance(told[name], str)), key=lambda name: len(told[name])
        )
        half = len(told[longest]) // 2
        told[longest] = told[longest][half:] if longest == "traceback" else told[longest][:half]
        line = json.dumps(told)
    return line
