"""Whole conversations with the door, drawn: requests in a row, each framed in its own way, cut into pieces anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st

from tests.integration.door.sent import OFFERS, body, doubtful, post

WRONG = "/callbacks/evolink/k1.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
NOT_TAKEN = frozenset({404, 429})
DOUBTFUL = frozenset({400})
END = b"GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Asked:
    """One request, what may be answered to it, and whether a door that follows its own rules then closes."""

    wire: bytes
    body: bytes
    statuses: frozenset[int]
    last: bool


@dataclass(frozen=True)
class Script:
    """Requests in a row, and the pieces that they are sent in."""

    asked: list[Asked]
    pieces: list[bytes]


@st.composite
def scripts(draw: st.DrawFn, path: str, *, doubt: bool) -> Script:
    """Up to five requests to a door with this good path; of doubt there is at most one, which comes last."""
    asked = draw(st.lists(_sound(path), max_size=4))
    if doubt and draw(st.booleans()):
        asked.append(draw(_doubtful(path)))
    asked.append(Asked(END, b"", frozenset({200}), last=True))
    wire = b"".join(each.wire for each in asked)
    places = draw(st.lists(st.integers(0, 1_000_000), max_size=5))
    edges = [0, *sorted(place % len(wire) for place in places), len(wire)]
    pieces = [wire[begin:end] for begin, end in pairwise(edges) if end > begin]
    return Script(asked, pieces)


@st.composite
def _sound(draw: st.DrawFn, path: str) -> Asked:
    """A request that can be cut in one way only."""
    sent = body().ljust(draw(st.sampled_from([0, 0, 0, 700, 5_000, 150_000])))
    fields = draw(st.sampled_from([b"", b"", b"X-Request-Id: a\r\n", *OFFERS]))
    closes = draw(st.sampled_from([False, False, False, False, True]))
    fields += b"Connection: close\r\n" if closes else b""
    fields += draw(st.sampled_from([b"", b"", b"Expect: 100-continue\r\n"]))
    old = draw(st.sampled_from([False] * 9 + [True]))
    goal, statuses, refused = draw(
        st.sampled_from([(path, frozenset({202}), False)] * 4 + [(WRONG, NOT_TAKEN, True)])
    )
    if not old and draw(st.booleans()):
        header, rest = post(goal, fields + b"Transfer-Encoding: chunked\r\n"), draw(_frames(sent))
    else:
        header, rest = (
            post(goal, fields + b"Content-Length: %d\r\n" % len(sent), b"1.0" if old else b"1.1"),
            sent,
        )
    return Asked(header + rest, sent if goal == path else b"", statuses, last=refused or closes or old)


@st.composite
def _frames(draw: st.DrawFn, sent: bytes) -> bytes:
    """A body in frames of a drawn size, with all that may stand beside it."""
    size = draw(st.sampled_from([1, 7, 64, 1_000, 4_096, 70_000]))
    size = max(size, len(sent) // 1_000)  # not more small ones than are taken
    extension = draw(st.sampled_from([b"", b"", b";a", b";a=b", b';a="b c"']))
    zeros = b"0" * draw(st.integers(0, 3))
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    frames = b"".join(b"%b%x%b\r\n%b\r\n" % (zeros, len(piece), extension, piece) for piece in pieces)
    trailers = draw(st.sampled_from([b"", b"", b"X: y\r\n", b"X: y\r\nX-Forwarded-Proto: http\r\n"]))
    return frames + zeros + b"0\r\n" + trailers + b"\r\n"


@st.composite
def _doubtful(draw: st.DrawFn, path: str) -> Asked:
    table = doubtful(path, body())
    return Asked(table[draw(st.sampled_from(sorted(table)))], b"", DOUBTFUL, last=True)
