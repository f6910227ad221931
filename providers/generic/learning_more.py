"""A gateway proposed from several bodies of it: what the first completed one says, and what the others add. Pure.

completed            pointers and hosts that the first has not are added behind its own
any other            its status becomes a word, and its error has a pointer, where either can be told from it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs

from archive.errors import NotUnderstood, Unreadable
from providers.generic.candidates import USUAL, by_key, errors_in, ids_in, is_any
from providers.generic.gateway import FACTS, POINTERS_MOST, Gateway
from providers.generic.learning import Learnt, learn, leaves_in, refuse_what_does_not_hold
from providers.generic.leaves import Leaf
from providers.generic.making import provider_of
from providers.reading.statuses import evened

# More than the kinds of callback that any gateway has.
BODIES_MOST = 16
_HOSTS_MOST = 16


def learn_all(bodies: Sequence[bytes], name: str = "") -> Learnt:
    """One gateway by several bodies, one of a completed task at least; `uncertain` says where they contradict each other.

    Raises:
        NotUnderstood: if nothing can be learnt of one of them, or of all together.
    """
    if len(bodies) > BODIES_MOST:
        raise NotUnderstood(f"{len(bodies)} bodies are too many: {BODIES_MOST} at most")
    completed: list[tuple[int, Learnt]] = []
    others: list[tuple[int, list[Leaf]]] = []
    refused: NotUnderstood | None = None
    for place, body in enumerate(bodies, 1):
        leaves = leaves_in(body)
        try:
            learnt = learn(body, name)
        except NotUnderstood as error:
            refused = refused or error
        else:
            if _status_by(learnt.gateway, body) == "completed":
                completed.append((place, learnt))
                continue
        others.append((place, leaves))
    if not completed:
        # What one body alone comes to is said as it always was.
        return learn(bodies[0], name) if refused is None else _refuse(refused)
    first = completed[0][1]
    gateway, said = first.gateway, list[str]()
    for place, learnt in completed[1:]:
        gateway = _with_completed(gateway, learnt.gateway, place, said)
    for place, leaves in others:
        gateway = _with_other(gateway, leaves, place, said)
    refuse_what_does_not_hold(gateway)
    said += _misread(gateway, bodies, {place for place, _ in completed})
    doubts = [doubt for doubt in first.uncertain if not _answered(doubt, gateway, first.gateway)]
    return Learnt(gateway, first.candidates, (*said, *doubts))


def _refuse(why: NotUnderstood) -> Learnt:
    raise why


def _status_by(gateway: Gateway, body: bytes) -> str:
    try:
        return provider_of(gateway).read(body).status
    except Unreadable:
        return "unreadable"


def _with_completed(gateway: Gateway, other: Gateway, place: int, said: list[str]) -> Gateway:
    """The gateway with what another completed body tells elsewhere."""
    more: dict[str, Any] = {}
    for fact in FACTS:
        ours, theirs = _listed(getattr(gateway, fact)), _listed(getattr(other, fact))
        both = [*dict.fromkeys((*ours, *theirs))][:POINTERS_MOST]
        if both != ours:
            more[fact] = both
            if ours:
                said.append(
                    f"{fact}: body {place} tells it at {', '.join(theirs)} and not at {', '.join(ours)}; the first at which something stands counts"
                )
    hosts = [*dict.fromkeys((*gateway.media_hosts, *other.media_hosts))][:_HOSTS_MOST]
    words = [*dict.fromkeys((*gateway.words.completed, *other.words.completed))]
    return structs.replace(
        gateway, **more, media_hosts=hosts, words=structs.replace(gateway.words, completed=words)
    )


def _with_other(gateway: Gateway, leaves: list[Leaf], place: int, said: list[str]) -> Gateway:
    """The gateway with what a body of a task tells that was not completed."""
    more: dict[str, Any] = {}
    there = {leaf.pointer: leaf.value for leaf in leaves}
    if not any(pointer in there for pointer in _listed(gateway.id)):
        ids = ids_in(leaves)
        if not ids:
            raise NotUnderstood(f"body {place} holds nothing that may be a task's id")
        more["id"] = [*_listed(gateway.id), ids[0].pointer]
        said.append(
            f"id: body {place} tells it at {ids[0].pointer}; the first at which something stands counts"
        )
    taken = {*_listed(gateway.id), *_listed(gateway.status)}
    found = [leaf for leaf in leaves if leaf.pointer not in taken]
    errors = errors_in(found)
    codes = [each for each in by_key(found, "error_code", is_any) if each.value not in {"", "None"}]
    failed = bool(errors or codes)
    for fact, told in (("error", errors), ("error_code", codes)):
        known = _listed(getattr(gateway, fact))
        if told and told[0].pointer not in known:
            more[fact] = [*known, told[0].pointer][:POINTERS_MOST] if known else told[0].pointer
    word = next((str(there[pointer]) for pointer in _listed(gateway.status) if pointer in there), None)
    if word is None or evened(word) in USUAL:
        return structs.replace(gateway, **more)
    words = gateway.words
    if evened(word) in map(evened, map(str, words.completed)):
        said.append(
            f"words: {word!r} is the status of body {place} too, which holds no image; the bodies contradict each other"
        )
    elif failed and word not in words.failed:
        more["words"] = structs.replace(words, failed=[*words.failed, word])
    elif not failed:
        said.append(
            f"words: {word!r} of body {place} is not known: write it under failed, cancelled or unfinished"
        )
    return structs.replace(gateway, **more)


def _misread(gateway: Gateway, bodies: Sequence[bytes], completed: set[int]) -> Iterator[str]:
    """Which bodies the whole reads otherwise than they alone."""
    for place, body in enumerate(bodies, 1):
        status = _status_by(gateway, body)
        if (status == "completed") != (place in completed):
            meant = "is of a completed task" if place in completed else "holds no image"
            yield f"body {place} {meant}, and is read as {status}: the bodies contradict each other"


def _answered(doubt: str, gateway: Gateway, before: Gateway) -> bool:
    """Whether the other bodies told what the first one left open."""
    if doubt.startswith("error:"):
        return bool(gateway.error) and not before.error
    return doubt.startswith("words:") and bool(gateway.words.failed)


def _listed(told: str | list[str]) -> list[str]:
    return [told] if isinstance(told, str) else list(told)
