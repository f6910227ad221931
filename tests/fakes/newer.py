"""Records as a newer version writes them: with fields that this one does not know, at every level."""

from __future__ import annotations

import itertools
import json
from typing import Any

# What a provider or a client said, under its own names: not our levels.
_STRANGERS = {"billing", "headers", "request"}
FIELD = "since_2"


class NewerVersion:
    """Writes its own field at every level of a record, each time with a value of its own."""

    def __init__(self, field: str = FIELD) -> None:
        self._field, self._numbers = field, itertools.count(1)
        self.wrote: set[str] = set()

    def rewritten(self, data: bytes, **more: Any) -> bytes:
        """The record with the newer version's fields; `more` are fields of its outermost level."""
        told = json.loads(data)
        self._write(told)
        return json.dumps({**told, **more}, indent=2).encode()

    def finds(self, *datas: bytes) -> set[str]:
        """Which of its words stand in these records."""
        return {word for word in self.wrote if any(word.encode() in data for data in datas)}

    def _write(self, told: Any) -> None:
        if isinstance(told, list):
            for item in told:
                self._write(item)
        if isinstance(told, dict):
            for name, value in told.items():
                if name not in _STRANGERS:
                    self._write(value)
            word = f"{self._field}-{next(self._numbers):04d}"
            told[self._field] = {"said": [word, 1.10, None]}
            self.wrote.add(word)


def of_schema_2(data: bytes) -> bytes:
    """A record as a newer version writes it that older ones must not read."""
    return json.dumps({**json.loads(data), "schema": 2, "status": "melted"}).encode()
