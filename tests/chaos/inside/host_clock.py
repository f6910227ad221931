"""The clock of this process, off by what a file says: CHAOS_CLOCK names it, it holds seconds.

Everything in Python that tells the time of day is put off by as much: the `time` module, and `datetime`, whose
methods stand in a table that is only reached by a trick of CPython's. What is measured stays true. Not
libfaketime: its answer to CPython's `time.sleep` is EINVAL (0.9.10), which ended the decoders' keeper.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# How soon a step is noticed.
_LOOK_S = 0.25
_time, _time_ns, _monotonic = time.time, time.time_ns, time.monotonic
_gmtime, _localtime = time.gmtime, time.localtime


class _Offset:
    """What the file says, read every now and then."""

    def __init__(self, path: Path) -> None:
        self._path, self._looked_at, self._seconds = path, -_LOOK_S, 0.0

    def __call__(self) -> float:
        if _monotonic() - self._looked_at >= _LOOK_S:
            self._looked_at = _monotonic()
            self._seconds = float(self._path.read_text())
        return self._seconds


def set_up() -> None:
    """Go by the file from now on."""
    offset = _Offset(Path(os.environ["CHAOS_CLOCK"]))
    # Partials, since some keep a function of time as an attribute of a class, where a plain one would be a method.
    time.time = partial(lambda: _time() + offset())
    time.time_ns = partial(lambda: _time_ns() + int(offset() * 1e9))
    time.gmtime = partial(_told, _gmtime)
    time.localtime = partial(_told, _localtime)

    def now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: type[dt.datetime]) -> dt.datetime:
        return cls.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)

    # The mapping that a type shows is read-only; the table behind it is what it refers to.
    table: dict[str, Any] = gc.get_referents(dt.datetime.__dict__)[0]
    table["now"], table["utcnow"] = classmethod(now), classmethod(utcnow)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(dt.datetime))


def _told(tell: Callable[..., time.struct_time], seconds: float | None = None) -> time.struct_time:
    return tell(time.time() if seconds is None else seconds)
