"""What must not be stored or shown, cut out of what strangers say: of texts, and of JSON with its field names.

Raw bodies and whole links live in `inbox/`, `due/` and `dead/` alone, which are private and expire; everything
else that keeps or shows a stranger's words keeps and shows them redacted.

A text is cut to its bound before it is looked at, and every pattern here takes time in proportion to the text,
whatever stands in it: a megabyte of `http://` must not hold a process up (a test measures it). What is looked at
goes a little beyond the cut, so that of a secret that lies across it nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

CUT = "***"
# How far beyond a cut is looked: the longest callback URL at EvoLink, and more than any ticket has.
AHEAD_CHARACTERS = 2_048
# Without a space or a stop: no word, no path of a link that was seen, and the smallest image in base64.
RUN_CHARACTERS = 1_024
# JSON within a text within a text: nobody was seen to wrap a request more than twice.
TEXTS_WITHIN = 4


def _has(sign: str) -> Callable[[str], bool]:
    return lambda text: sign in text


def _has_scheme(text: str) -> bool:
    """Letters beyond ASCII are alike to others in a pattern that ignores case: these are looked through."""
    if not text.isascii():
        return True
    low = text.lower()
    return "bearer" in low or "basic" in low


def _may_hold_data(text: str) -> bool:
    return "data:" in text.lower()


def _is_long(text: str) -> bool:
    return len(text) >= RUN_CHARACTERS


# What every text shows that holds a shape, and the shape: most lines of a log show nothing of it, and are not looked
# through. Of each match the group `secret` goes. None of them may be tried anew within what it has just run over: hence
# every run ends at a character that it cannot hold, or the match takes it in whether or not a secret follows.
_SHAPES = tuple(
    (may_hold, re.compile(shape))
    for may_hold, shape in (
        (_has("/callbacks/"), r"(?<=/callbacks/)[a-z0-9-]{1,32}/(?P<secret>[^\s\"'<>\\]+)"),
        # <key id>.<claims>.<43 characters of base64url>: archive/tickets.py.
        (
            lambda text: text.count(".") > 1,
            r"(?P<secret>[A-Za-z0-9]{1,16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])",
        ),
        # User and password in a URL; one who forgot to encode an @ means the last of them.
        (_has("@"), r"(?<=://)(?P<secret>[^\s/\"'<>\\]+)@"),
        (_has_scheme, r"(?i)\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9._~+/=-]{8,})"),
        (_has("sk-"), r"\b(?P<secret>sk-[A-Za-z0-9_-]{8,})"),
        # The query or fragment of a link, and a query that stands for itself ("GET /a.png?sig=...").
        (_has("://"), r"""(?i)https?://[^\s?#"'<>\\]+(?:[?#](?P<secret>[^\s"'<>\\]+))?"""),
        (_has("?"), r"""(?<=[/\w%=.~-])\?(?P<secret>[^\s?"'<>\\]*=[^\s"'<>\\]*)"""),
        # An image that stands in a text itself: of a `data:` URI all but its head, and base64 without one.
        (_may_hold_data, r"""(?i)\bdata:[^\s,"'<>\\]{0,200},(?P<secret>[^\s"'<>\\]{64,})"""),
        (_is_long, rf"(?<![A-Za-z0-9+/=_%-])(?P<secret>[A-Za-z0-9+/=_%-]{{{RUN_CHARACTERS},}})"),
    )
)
# User and password of which the end was not looked at.
_OPEN_USERINFO = re.compile(r"(?<=://)(?P<secret>[^\s/\"'<>\\]+)\Z")
_NOT_A_LETTER = re.compile(r"[^a-z]")

# Fields of providers' bodies and of requests to them, compared without `_`, `-` and case.
_SECRET_FIELDS = frozenset(
    {
        "accesskey", "accesstoken", "apikey", "apisecret", "apitoken", "authorization", "callback", "callbackurl",
        "clientsecret", "cookie", "hook", "key", "notifyurl", "password", "privatekey", "refreshtoken", "secret",
        "secretkey", "sessiontoken", "signature", "signingsecret", "token", "webhook", "webhookcallbackapikey",
        "webhookcallbackurl", "webhookhmackey", "webhooksecret", "webhookurl", "xapikey",
    }
)  # fmt: skip


class _Span(NamedTuple):
    """Where a secret stands in a text."""

    start: int
    stop: int


def redacted(text: str, most: int | None = None, *, secrets: Sequence[str] = ()) -> str:
    """A text without tickets, keys, queries of links and passwords in URLs, of at most `most` characters.

    `secrets` are words that are known to be some, wherever they stand; none of them is empty.
    """
    if len(text) < RUN_CHARACTERS and text.isalnum() and not any(secret in text for secret in secrets):
        return text[:most]  # an id, a word, a number: every shape has another sign in it
    end = len(text) if most is None else most
    seen = text[: end + max(AHEAD_CHARACTERS, *map(len, secrets), 0)]
    kept: list[str] = []
    done = 0
    for span in _joined(_spans(seen, secrets, whole=len(seen) == len(text))):
        if span.start >= end:
            break
        kept += (seen[done : span.start], CUT)
        done = span.stop
    kept.append(seen[done:end])
    return "".join(kept)[:most]


def redacted_json(value: object, most: int | None = None, *, within: int = TEXTS_WITHIN) -> object:
    """A JSON value without the values of secret fields; its texts redacted, its numbers as they are.

    A text that is JSON itself, as some providers repeat a request, is redacted as such, so many deep. Each text and each
    name has at most `most` characters afterwards.
    """
    match value:
        case str():
            inner = _json_in(value) if within else None
            if inner is not None:
                value = msgspec.json.encode(redacted_json(inner, within=within - 1)).decode()
            return redacted(value, most)
        case dict():
            return {
                redacted(str(name), most): CUT
                if _is_secret(str(name), told)
                else redacted_json(told, most, within=within)
                for name, told in value.items()
            }
        case list() | tuple():
            return [redacted_json(told, most, within=within) for told in value]
        case _:
            return value


def redacted_body(body: bytes) -> bytes:
    """A body that somebody sent: as JSON where it is some, else as a text."""
    try:
        return msgspec.json.encode(redacted_json(msgspec.json.decode(body)))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return redacted(body.decode("utf-8", "replace")).encode()


def _json_in(text: str) -> object:
    """The object or array that a text holds, or None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        told: object = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return told


def _spans(text: str, secrets: Iterable[str], *, whole: bool) -> Iterator[_Span]:
    """Where something of a secret's shape stands, and where a known secret does, in no order."""
    shapes = [shape for may_hold, shape in _SHAPES if may_hold(text)]
    for shape in shapes if whole else (*shapes, _OPEN_USERINFO):
        for found in shape.finditer(text):
            if found["secret"]:
                yield _Span(*found.span("secret"))
    for secret in secrets:
        at = text.find(secret)
        while at >= 0:
            yield _Span(at, at + len(secret))
            at = text.find(secret, at + len(secret))


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The same in their order; those that overlap or touch are one."""
    last: _Span | None = None
    for span in sorted(spans):
        if last is None:
            last = span
        elif span.start <= last.stop:
            last = _Span(last.start, max(last.stop, span.stop))
        else:
            yield last
            last = span
    if last is not None:
        yield last


def _is_secret(name: str, value: object) -> bool:
    """Whether a field holds a secret; `token: 12` counts tokens."""
    return isinstance(value, str) and _NOT_A_LETTER.sub("", name.lower()) in _SECRET_FIELDS
