"""Spans: what takes its time between callback and manifest, as parts of one trace. They cost nothing while none is wanted.

A trace goes on in other processes and in later runs by a word that rides in the delivery and in the due entry:
`traceparent` of https://www.w3.org/TR/trace-context/. It is ours alone: what a stranger's request says of a trace is
not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Kind = Literal["internal", "server", "client"]
Said = str | int | float | bool | None


class Tracer(Protocol):
    """What makes the spans."""

    def span(
        self, name: str, kind: Kind, parent: str | None, links: Iterable[str], said: dict[str, Said]
    ) -> AbstractContextManager[None]:
        """A span around a block, and what an error in it came to."""

    def past(self, name: str, seconds: float, said: dict[str, Said]) -> None:
        """A span of what has just ended, within one that is under way; else none."""

    def traceparent(self) -> str | None:
        """The span that is under way, as the word that rides along."""


_NOTHING = nullcontext()
_tracers: list[Tracer] = []


def use(tracer: Tracer | None) -> None:
    """Make spans by this tracer from now on, in the whole process; none by None. Called by who starts the process."""
    _tracers[:] = [tracer] if tracer is not None else []


def wanted() -> bool:
    """Whether spans are made."""
    return bool(_tracers)


def span(
    name: str,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    links: Iterable[str | None] = (),
    **said: Said,
) -> AbstractContextManager[None]:
    """A span around a block, within the one that is under way, or within `parent`; `links` tell of others."""
    if not _tracers:
        return _NOTHING
    return _tracers[0].span(name, kind, parent, [link for link in links if link], said)


def past(name: str, seconds: float, **said: Said) -> None:
    """A span of what has just ended, where one is under way."""
    for tracer in _tracers:
        tracer.past(name, seconds, said)


def traceparent() -> str | None:
    """The word by which the trace that is under way goes on elsewhere; None without one."""
    return _tracers[0].traceparent() if _tracers else None
