"""What a line of the log is about: provider, task, delivery and run, told once and put to each line under way.

with about(task="task-unified-1795000004-ab12cd34"):
    log.info("...")        whoever writes this line, of ours or of a library, it names the task

It holds for the thread or the coroutine that says so. A thread that is to do a part of the same work is started in a
copy of the context (`contextvars.copy_context`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

# Of the names that one line is about; a batch of two hundred deliveries fits, and a line stays a line.
NAMES_MAX_CHARACTERS = 6_000
_NOTHING: Mapping[str, str] = MappingProxyType({})
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)


@contextmanager
def about(**names: str | None) -> Iterator[None]:
    """Put these names to every line that is written within; what is None or empty says nothing."""
    told = {name: value for name, value in names.items() if value}
    token = _about.set({**_about.get(), **told})
    try:
        yield
    finally:
        _about.reset(token)


def subject() -> Mapping[str, str]:
    """What is under way here, by name."""
    return _about.get()


def joined(names: Iterable[str]) -> str:
    """Several names as one value, each once, so that a search for any of them finds it; cut at a whole name."""
    told, room = list[str](), NAMES_MAX_CHARACTERS
    for name in dict.fromkeys(names):
        room -= len(name) + 1
        if room < 0:
            break
        told.append(name)
    return ",".join(told)


def new_run() -> str:
    """The name of one run of a job: short, and no other has it among those that a task has."""
    return secrets.token_hex(4)
