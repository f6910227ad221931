"""A gateway as an operator declares it: where its bodies tell what, in which words, and where its images lie."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from providers.generic.pointer import Pointer, read_pointer

# More than any two places at which one gateway was seen to tell one fact.
POINTERS_MOST = 8
WORDS_MOST = 32
IMAGES_MOST = 32  # as `archive.records.notification.SOURCES_MOST`
LINK_LIFE_LEAST_S, LINK_LIFE_MOST_S = 60, 30 * 86_400
_LIFE = re.compile(r"([1-9][0-9]{0,6})([smhd])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_Pointers = str | list[str]
_Header = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]
_Word = Annotated[str, Meta(min_length=1, max_length=64)] | int | bool
_Words = Annotated[list[_Word], Meta(max_length=WORDS_MOST)]
_Address = Annotated[str, Meta(pattern=r"^/[!-~]{0,511}$")]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its words for a task's state, beside those that everybody uses (`providers/reading/statuses.py`)."""

    completed: _Words = []
    failed: _Words = []
    cancelled: _Words = []
    unfinished: _Words = []


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it signs its callbacks. `header`, `prefix` and `encoding` are of no account for `standard-webhooks`."""

    scheme: Literal["standard-webhooks", "hmac-sha256", "ed25519", "shared-secret"]
    header: _Header = ""
    prefix: Annotated[str, Meta(max_length=32)] = ""
    encoding: Literal["hex", "base64"] = "hex"


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How its task API is asked: `task` holds `{task_id}`; `submit` is where a request is POSTed, if it may be."""

    base: Annotated[str, Meta(pattern=r"^https?://[!-~]{1,256}$")]
    task: _Address
    submit: _Address | Literal[""] = ""
    callback_key: Annotated[str, Meta(min_length=1, max_length=64)] = "callback_url"
    key_header: _Header = "Authorization"
    key_scheme: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{0,32}$")] = "Bearer"


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One gateway. Of several pointers to one fact the first counts at which something stands; links are those of all."""

    name: str
    id: _Pointers
    status: _Pointers = []
    links: _Pointers
    error: _Pointers = []
    error_code: _Pointers = []
    model: _Pointers = []
    created_at: _Pointers = []
    ended_at: _Pointers = []
    media_hosts: Annotated[
        list[Annotated[str, Meta(pattern=r"^=?[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)]],
        Meta(min_length=1, max_length=16),
    ]
    link_life: str
    title: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .-]{0,39}$")] = ""
    images_most: Annotated[int, Meta(ge=1, le=IMAGES_MOST)] = 10
    words: Words = Words()
    signature: Signature | None = None
    query: Query | None = None

    @property
    def link_life_s(self) -> int:
        """How long its links live. Raises ValueError."""
        return seconds_in(self.link_life)

    def at(self, fact: str) -> tuple[Pointer, ...]:
        """The pointers to a fact. Raises ValueError."""
        return pointers_in(getattr(self, fact))


# The facts that pointers lead to, in the order in which they are written.
FACTS = ("id", "status", "links", "error", "error_code", "model", "created_at", "ended_at")


def pointers_in(told: str | list[str]) -> tuple[Pointer, ...]:
    """One pointer or several. Raises ValueError."""
    listed = [told] if isinstance(told, str) else told
    if len(listed) > POINTERS_MOST:
        raise ValueError(f"{len(listed)} pointers, at most {POINTERS_MOST}")
    return tuple(map(read_pointer, listed))


def seconds_in(life: str) -> int:
    """A length of time, `90s`, `10m`, `24h` or `7d`, in seconds. Raises ValueError."""
    found = _LIFE.fullmatch(life)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not LINK_LIFE_LEAST_S <= seconds <= LINK_LIFE_MOST_S:
        raise ValueError(f"{life[:20]!r} is no length of time from 60s to 30d: write 90s, 10m, 24h or 7d")
    return seconds
