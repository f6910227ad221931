"""A gateway proposed from one body of it: which pointer leads to what, and what is uncertain. Pure.

Of the candidates for each fact the likeliest is taken, and others that are nearly as likely are told. What stands in no body
(how long links live, words for what did not happen here) is told as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from archive.errors import NotUnderstood, Unreadable
from archive.layout import PROVIDER
from archive.records.inline import is_data_uri
from providers.generic.candidates import (
    USUAL,
    Candidate,
    by_key,
    hosts_of,
    ids_in,
    is_any,
    is_moment,
    links_among,
    object_of,
    places_of,
    statuses_in,
)
from providers.generic.gateway import LINK_LIFE_LEAST_S, LINK_LIFE_MOST_S, Gateway, Words
from providers.generic.leaves import Leaf, TooMuch, leaves_of
from providers.generic.making import provider_of, refuse_contradictions
from providers.reading.body import read_body
from providers.reading.statuses import evened

# What the door takes of a callback.
BODY_MAX_BYTES = 1_048_576
NAME = "my-gateway"
_HOST = re.compile(r"\A[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_NEARLY = 2


class Learnt(NamedTuple):
    """A gateway as it is proposed; for each fact its candidates, the likeliest first; and what is uncertain, and why."""

    gateway: Gateway
    candidates: dict[str, tuple[Candidate, ...]]
    uncertain: tuple[str, ...]


def learn(body: bytes, name: str = "") -> Learnt:
    """A gateway by one body of a task that it completed.

    Raises:
        NotUnderstood: if nothing can be learnt: it is too large, no JSON object, or holds no link, id or name that may be.
    """
    leaves = leaves_in(body)
    links = links_among(leaves)
    places = places_of(leaves, links)
    if not links:
        raise NotUnderstood(
            "the body holds no link that may be an image's: take the callback of a task that was completed"
        )
    found = {"links": links, "id": ids_in(leaves)}
    if not found["id"]:
        raise NotUnderstood(
            "the body holds nothing that may be a task's id: no key such as id, task_id or request_id"
        )
    beside = object_of(leaves, found["id"][0].pointer)
    others = [leaf for leaf in leaves if leaf.pointer not in {found["id"][0].pointer, *places}]
    found["status"] = statuses_in(others, beside)
    for fact in ("error", "error_code", "model", "created_at", "ended_at"):
        found[fact] = by_key(others, fact, is_moment if fact.endswith("_at") else is_any, beside)
    hosts = _hosts(leaves, places)
    life, why_life = _life(leaves, places[0])
    gateway = Gateway(
        name=_name(name, hosts),
        media_hosts=hosts or ["files.example.com"],
        link_life=life,
        words=_words(found["status"]),
        **{fact: told[0].pointer for fact, told in found.items() if told}  # type: ignore[arg-type]  # pointers
        | {"links": places[0] if len(places) == 1 else places},
    )
    refuse_what_does_not_hold(gateway)
    return Learnt(gateway, found, (*_doubts(found, places, hosts), why_life))


def leaves_in(body: bytes) -> list[Leaf]:
    """What a body tells. Raises NotUnderstood for what the door would not take, or is no JSON object."""
    if len(body) > BODY_MAX_BYTES:
        raise NotUnderstood(f"the body has {len(body):,} bytes: the door takes {BODY_MAX_BYTES:,} at most")
    try:
        return leaves_of(read_body(body).told)
    except Unreadable as error:
        raise NotUnderstood(f"the body is no JSON object of a callback: {error}") from error
    except TooMuch as error:
        raise NotUnderstood(str(error)) from error


def refuse_what_does_not_hold(gateway: Gateway) -> None:
    """Raise NotUnderstood for a mapping that would not read what is made by it."""
    try:
        refuse_contradictions(gateway, provider_of(gateway))
    except (ValueError, Unreadable) as error:
        raise NotUnderstood(f"no mapping was found that holds: {error}") from error


def _words(statuses: Sequence[Candidate]) -> Words:
    """The word of this body, where it is none that everybody uses: it holds links, so its task was completed."""
    if not statuses or evened(statuses[0].value) in USUAL:
        return Words()
    return Words(completed=[statuses[0].value])


def _hosts(leaves: Sequence[Leaf], places: Sequence[str]) -> list[str]:
    """The hosts of the links, each once."""
    links = [leaf.value for leaf in leaves if leaf.pointer in places and isinstance(leaf.value, str)]
    return [host for host in hosts_of(links) if _HOST.fullmatch(host)][:16]


def _life(leaves: Sequence[Leaf], pointer: str) -> tuple[str, str]:
    """How long links live, as a signed one of S3's kind tells it, else a guess; and why."""
    link = next(leaf.value for leaf in leaves if leaf.pointer == pointer and isinstance(leaf.value, str))
    told = (
        parse_qs(urlsplit(link[:8192]).query).get("X-Amz-Expires", [""])[0] if not is_data_uri(link) else ""
    )
    if told.isascii() and told.isdigit() and LINK_LIFE_LEAST_S <= int(told[:8]) <= LINK_LIFE_MOST_S:
        return (
            f"{int(told[:8])}s",
            f"link_life: {int(told[:8])} s by X-Amz-Expires in the link; counted from when it was signed",
        )
    return "24h", "link_life: no body tells it, and 24h is a guess: look into the gateway's documents"


def _name(said: str, hosts: Sequence[str]) -> str:
    """A name for it. Raises NotUnderstood for one that was said and can be none."""
    if said:
        if not PROVIDER.fullmatch(said):
            raise NotUnderstood(
                f"{said!r} can be no name: 2 to 32 lower-case letters, digits and dashes, a letter first"
            )
        return said
    labels = hosts[0].split(".") if hosts else []
    guess = labels[-2] if len(labels) > 1 else ""
    return guess if PROVIDER.fullmatch(guess) else NAME


def _doubts(
    found: dict[str, tuple[Candidate, ...]], places: Sequence[str], hosts: Sequence[str]
) -> Iterable[str]:
    if len(places) > 1:
        yield f"links: those of {len(places)} places are taken, as each holds some that the others do not"
    for fact, candidates in found.items():
        near = [
            each
            for each in candidates[1:]
            if candidates[0].score - each.score <= _NEARLY and each.pointer not in places
        ]
        if near:
            others = ", ".join(f"{each.pointer} ({each.value})" for each in near[:3])
            yield f"{fact}: {candidates[0].pointer} is taken; nearly as likely: {others}"
    if not found["status"]:
        yield "status: the body has none; a body with a link is taken for completed, one with an error for failed"
    elif evened(found["status"][0].value) not in USUAL:
        yield f"words: {found['status'][0].value!r} is taken for completed, as the body holds a link; its words for failed and unfinished are not known"
    else:
        yield "words: of failed and unfinished tasks are taken to be the usual ones"
    if not found["error"]:
        yield "error: nothing here tells one; look at the callback of a failed task (--mapping shows what is read of it)"
    if not found["model"]:
        yield "model: the body tells none; an order tells it"
    yield (
        f"media_hosts: those of this body ({', '.join(hosts)}); others may be used for other tasks"
        if hosts
        else "media_hosts: no link here has a host name: write those that links lead to"
    )
