"""Where in a body a fact may stand, the likeliest place first: by keys, by forms, and by what stands beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, KeysView, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from archive.records.inline import is_data_uri
from archive.task_ids import is_task_id
from providers.generic.gateway import POINTERS_MOST
from providers.generic.leaves import Leaf, plain
from providers.generic.pointer import EVERY
from providers.reading.statuses import evened, words_of
from providers.reading.told import moment_in

# How much a key speaks for a fact, plain: lower case without `_` and `-`.
_KEYS: dict[str, dict[str, int]] = {
    "id": {
        "taskid": 10, "requestid": 7, "jobid": 9, "predictionid": 9, "generationid": 9, "id": 8, "taskuuid": 8, "uuid": 6,
        "orderid": 5, "runid": 7, "imageid": 2, "ref": 3, "taskref": 4, "jobref": 4, "handle": 2, "externalid": 3,
    },
    "status": {"status": 10, "state": 9, "taskstatus": 9, "jobstatus": 9, "taskstate": 8, "phase": 5, "stage": 4, "outcome": 4, "event": 3,
        "result": 1},
    "error": {
        "error": 10, "errors": 7, "errormessage": 9, "failmsg": 9, "failreason": 9, "failurereason": 9, "errormsg": 9,
        "errordetail": 8, "payloaderror": 4, "failure": 6, "trouble": 4,
    },
    "error_code": {"errorcode": 10, "failcode": 10},
    "model": {"model": 10, "modelname": 9, "modelid": 8, "modelversion": 3},
    "created_at": {"createdat": 10, "created": 9, "createtime": 9, "submittedat": 5},
    "ended_at": {"completedat": 10, "endedat": 10, "finishedat": 10, "completetime": 9, "completed": 4, "finishtime": 9},
}  # fmt: skip
_IMAGE_KEYS = frozenset({
    "url", "urls", "image", "images", "imageurl", "imageurls", "output", "outputs", "result", "results", "resulturls",
    "resulturl", "href", "src", "link", "links", "sample", "samples", "imgurl", "fileurl", "outputurl", "downloadurl", "resultimageurl",
})  # fmt: skip
# What results stand below, as they stand in no echo of a request.
_RESULTS = frozenset({
    "result", "results", "resultdata", "resulturls", "resultjson", "output", "outputs", "payload", "response", "images",
    "sample",
})  # fmt: skip
_NO_IMAGE_KEYS = re.compile(
    "callback|webhook|hook|input|reference|source|status|polling|cancel|stream|web|docs|thumb|preview|cover|avatar|"
    "origin|video|audio|log|logo|init|mask"
)
_IMAGE = re.compile(r"\.(?:png|jpe?g|webp|gif|avif)\Z", re.IGNORECASE)
_OTHER = re.compile(r"\.(?:mp4|mov|webm|m4v|mp3|wav|ogg|m3u8|json|txt|html?|pdf|zip)\Z", re.IGNORECASE)
_NO_TASK = re.compile(
    "user|account|client|worker|session|org|team|project|model|trace|customer|paid|valid|grid"
)
_AS_LIKELY = 3
USUAL = words_of({})


class Candidate(NamedTuple):
    """A place where a fact may stand, and how much speaks for it."""

    pointer: str
    score: int
    value: str


def by_key(
    leaves: Sequence[Leaf], fact: str, fits: Callable[[Leaf], bool], beside: tuple[str, ...] = ()
) -> tuple[Candidate, ...]:
    """The candidates by their keys: what stands in the task's own object, and near the top, before others."""
    scored: dict[str, Candidate] = {}
    for leaf in leaves:
        weight = _KEYS[fact].get(leaf.key, 0) or (fact == "id" and _ends_as_id(leaf.key))
        if weight and not leaf.echoed and fits(leaf):
            score = (
                weight
                - 2 * len(leaf.above)
                - 3 * leaf.steps.count(EVERY)
                + (4 if leaf.above == beside else 0)
            )
            scored.setdefault(leaf.pointer, Candidate(leaf.pointer, score, _short(leaf.value)))
    return _ranked(scored.values())


def errors_in(leaves: Sequence[Leaf], beside: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    """The same of the error of a task that failed: a text, or the object that holds its code and message."""
    objects = [
        leaf._replace(steps=leaf.steps[: place + 1])
        for leaf in leaves
        for place, step in enumerate(leaf.steps[:-1])
        if plain(step) in _KEYS["error"]
    ]
    said = [leaf for leaf in (*objects, *leaves) if leaf.value not in {None, ""}]
    return by_key(said, "error", is_any, beside)


def _ends_as_id(key: str) -> int:
    """Whether a key that nobody is known for may be of an id; what belongs to a person or a machine is none of a task."""
    return int(key.endswith("id") and not _NO_TASK.search(key))


def ids_in(leaves: Sequence[Leaf]) -> tuple[Candidate, ...]:
    """The same of the id: that of the object which tells a status is the task's, where others tell none."""
    tell = {leaf.above for leaf in leaves if _KEYS["status"].get(leaf.key, 0) >= 5 and not leaf.echoed}  # noqa: PLR2004 - not a mere event
    found = by_key(leaves, "id", _is_id)
    above = {leaf.pointer: leaf.above for leaf in leaves}
    return _ranked(
        each._replace(score=each.score + 8) if above[each.pointer] in tell else each for each in found
    )


def statuses_in(leaves: Sequence[Leaf], beside: tuple[str, ...]) -> tuple[Candidate, ...]:
    """The same of the status, for which a word speaks that everybody uses."""
    found = by_key(
        leaves, "status", lambda leaf: isinstance(leaf.value, str | int) and leaf.value != "", beside
    )
    return _ranked(
        each._replace(score=each.score + 6) if evened(each.value) in USUAL else each for each in found
    )


def links_among(leaves: Sequence[Leaf]) -> tuple[Candidate, ...]:
    """The places of links that may be images', those that look most like it first."""
    scored: dict[str, Candidate] = {}
    for leaf in leaves:
        if leaf.echoed or not isinstance(leaf.value, str) or not _is_link(leaf.value):
            continue
        path = urlsplit(leaf.value[:4096]).path if not is_data_uri(leaf.value) else ".png"
        keys = [step for step in leaf.steps if step != EVERY]
        score = 3 if leaf.key in _IMAGE_KEYS else 0
        score += 6 if _IMAGE.search(path) else -9 if _OTHER.search(path) else 0
        score += 3 if any(plain(key) in _RESULTS for key in keys) else 0
        score -= sum(6 for key in keys if _NO_IMAGE_KEYS.search(key.lower()))
        score -= len(leaf.steps) // 3
        there = scored.get(leaf.pointer)
        if there is None or there.score < score:
            scored[leaf.pointer] = Candidate(leaf.pointer, score, _short(leaf.value))
    return _ranked(each for each in scored.values() if each.score > 0)


def places_of(leaves: Sequence[Leaf], links: Sequence[Candidate]) -> list[str]:
    """The likeliest place of links, and those nearly as likely that hold others of the same hosts.

    A link to another host may be an image that was sent with the request.
    """
    at: dict[str, set[str]] = {}
    for leaf in leaves:
        if isinstance(leaf.value, str):
            at.setdefault(leaf.pointer, set()).add(leaf.value.strip())
    taken: list[str] = []
    known: set[str] = set()
    hosts: set[str] = set()
    for each in links:
        if links[0].score - each.score > _AS_LIKELY or len(taken) == POINTERS_MOST:
            break
        held = at[each.pointer]
        if not taken or (held - known and hosts_of(held) <= hosts):
            taken.append(each.pointer)
            known |= held
            hosts |= hosts_of(held)
    return taken


def _is_link(text: str) -> bool:
    if is_data_uri(text):
        return text[5:11].lower() == "image/"
    try:
        return urlsplit(text.strip()).scheme.lower() in {"http", "https"} and bool(
            urlsplit(text.strip()).hostname
        )
    except ValueError:
        return False


def _is_id(leaf: Leaf) -> bool:
    told = leaf.value
    is_one = not isinstance(told, bool) and isinstance(told, str | int) and is_task_id(str(told))
    return is_one and not _is_link(str(told))


def is_moment(leaf: Leaf) -> bool:
    """Whether a value is a moment."""
    return moment_in([{"at": leaf.value}], ["at"]) is not None


def is_any(leaf: Leaf) -> bool:
    """Whether a value is a text, a whole number, or null, as an error that there is not."""
    return leaf.value is None or isinstance(leaf.value, str | int)


def object_of(leaves: Sequence[Leaf], pointer: str) -> tuple[str, ...]:
    """The steps to the object in which a pointer's value stands."""
    return next(leaf.above for leaf in leaves if leaf.pointer == pointer)


def _ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda each: -each.score))


def hosts_of(links: Iterable[str]) -> KeysView[str]:
    """The hosts that links lead to, each once, in their order."""
    told = (
        urlsplit(link.strip()).hostname or "" for link in links if _is_link(link) and not is_data_uri(link)
    )
    return dict.fromkeys(told).keys()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:99]}\N{HORIZONTAL ELLIPSIS}"  # noqa: PLR2004 - a line of a terminal
