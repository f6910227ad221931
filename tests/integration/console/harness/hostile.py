"""Records as workers write them, with a stranger's text in every field that takes any."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from archive.records.record import Record

# Each kind of character that is obeyed or unseen, what a terminal does with some, and what rich would make of others.
HOSTILE = (
    "[red]R[/red][link=http://x]:smile: FAKE\nLINE\r\x1b[9m\x1b]0;pwn\x07\x9b9m\x7f\x00\x08\x85\u061c\u200b\u200d\u200e"
    "\u2028\u2029\u202e\u2066\ufeff\ufff9\U000e0041\U000e0100\ue000\U0010ffff\u0378\u3164 =cmd|\u6f22\U0001f600"
)
# In a key of the bucket: a listing is XML, which has no other control characters.
HOSTILE_KEY = "x\x7f\x9b9m\x85\u202e\u2066\u2028\U000e0041[red]"


def hostile(record: Record) -> bytes:
    """A record's JSON with the text in every field in which it is still one, names of free fields included."""
    told = json.loads(record.to_json())
    for changed in _places(told):
        with_text = json.dumps(told)
        try:
            type(record).from_json(with_text)
        except Exception:  # noqa: BLE001 - whatever it is, this field takes no such text
            changed()
    return json.dumps(told).encode()


def _places(value: Any) -> Iterator[Callable[[], None]]:
    """Put the text into one place after the other; what is given takes it out again."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for name, inner in pairs:
        if isinstance(inner, dict | list):
            yield from _places(inner)
        elif isinstance(inner, str) or inner is None:
            value[name] = HOSTILE

            def undo(name: Any = name, inner: Any = inner) -> None:
                value[name] = inner

            yield undo
    if isinstance(value, dict):
        value[HOSTILE] = HOSTILE

        def forget() -> None:
            del value[HOSTILE]

        yield forget
