"""Sound bytes are taken, whatever they are wrapped in: codings, answers before the answer, heads that are odd."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from functools import partial
from itertools import pairwise

import pytest

from archive.errors import SourceTrouble
from archive.reasons import Reason
from tests.integration.egress.fetching import BODY, QUICK, Fetch, chunked, says
from tests.integration.egress.origin import Asked, Origin
from tests.unit.workers.decoding.pictures import drawn

squeezed = partial(gzip.compress, mtime=0)  # the same bytes in every process of the tests
IMAGES = [drawn(kind) for kind in ("PNG", "JPEG", "WEBP")]


def deflated(data: bytes) -> bytes:
    """A bare stream, without zlib's two bytes before it."""
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


def sends(origin: Origin, body: bytes, encoding: str) -> None:
    origin.answers["/a.png"] = partial(_send, body=body, encoding=encoding)


def _send(asked: Asked, *, body: bytes, encoding: str) -> bool:
    return asked.answer(body, Content_Encoding=encoding)


@pytest.mark.parametrize(
    "encoding",
    [
        *("UTF-8", "aws-chunked", "binary", "identity, identity", "none", ",", "a b", "image/png"),
        *("gzip", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "aws-chunked,gzip", "gzip," * 9),
    ],
)
def test_a_coding_that_is_named_over_plain_bytes_changes_nothing(
    fetch: Fetch, origin: Origin, encoding: str
) -> None:
    for body in IMAGES:
        sends(origin, body, encoding)
        got = fetch()
        assert (got.bytes, got.came_bytes, got.undone) == (len(body), len(body), ())
        assert got.sha256 == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    ("encoding", "sent", "undone"),
    [
        ("gzip", squeezed(BODY), ["gzip"]),
        ("GZIP", squeezed(BODY), ["gzip"]),
        ("x-gzip", squeezed(BODY), ["x-gzip"]),
        ("gzip, utf-8", squeezed(BODY), ["gzip"]),
        ("gzip", squeezed(BODY[:1000]) + squeezed(BODY[1000:]), ["gzip"]),
        ("gzip", squeezed(BODY) + b"behind", ["gzip"]),
        ("gzip", squeezed(BODY, compresslevel=0), ["gzip"]),
        ("deflate", zlib.compress(BODY), ["deflate"]),
        ("deflate", deflated(BODY), ["deflate"]),
        ("deflate, gzip", squeezed(zlib.compress(BODY)), ["gzip", "deflate"]),
        ("gzip, gzip", squeezed(squeezed(BODY)), ["gzip", "gzip"]),
        ("gzip, gzip", squeezed(BODY), ["gzip"]),
        ("", squeezed(BODY), ["gzip"]),
        ("'gzip';q=1", squeezed(squeezed(BODY)), ["gzip", "gzip"]),
        ("br", squeezed(BODY), ["gzip"]),
        ("deflate", squeezed(BODY), ["gzip"]),
        ("gzip", zlib.compress(BODY), ["deflate"]),
        ('identity "zlib"', deflated(BODY), ["deflate"]),
    ],
)
@pytest.mark.parametrize("how", ["whole", "in pieces"])
def test_a_compressed_body_is_inflated_and_both_counts_are_known(
    fetch: Fetch, origin: Origin, encoding: str, sent: bytes, undone: list[str], how: str
) -> None:
    def answer(asked: Asked) -> bool:
        if how == "whole":
            return asked.answer(sent, Content_Encoding=encoding)
        cuts = [0, 1, 3, *range(10, len(sent), 7_001), len(sent)]
        pieces = [sent[begin:end] for begin, end in pairwise(cuts)]
        told = f"\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
        asked.send(chunked(*pieces).replace(b"\r\n\r\n", told, 1))
        return True

    origin.answers["/a.png"] = answer
    got = fetch()
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (got.bytes, got.came_bytes, list(got.undone)) == (len(BODY), len(sent), undone)


@pytest.mark.parametrize(
    ("transfer", "sent"),
    [
        ("gzip, chunked", chunked(squeezed(BODY))),
        ("Deflate,chunked", chunked(zlib.compress(BODY), deflated(b""))),
        ("gzip", b"\r\n\r\n" + squeezed(BODY)),
        ("chunked, of a kind of its own", chunked(BODY)),
    ],
)
def test_a_transfer_that_was_compressed_is_inflated(
    fetch: Fetch, origin: Origin, transfer: str, sent: bytes
) -> None:
    told = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {transfer}\r\n\r\n".encode()
    says(origin, told + sent.partition(b"\r\n\r\n")[2])
    assert fetch().sha256 == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "br, gzip"])
def test_a_compression_that_nobody_here_undoes_is_told(fetch: Fetch, origin: Origin, encoding: str) -> None:
    sends(origin, b"\x0b\x02\x80rubbish of brotli\x03", encoding)
    assert fetch.reason() is Reason.CONTENT_ENCODED


def test_compressions_and_members_beyond_what_anybody_sends_are_not_undone(
    fetch: Fetch, origin: Origin
) -> None:
    for sent in (squeezed(squeezed(squeezed(squeezed(BODY)))), squeezed(b"") * 20_000):
        sends(origin, sent, "gzip")
        assert fetch.reason() is Reason.CONTENT_ENCODED


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", squeezed(BODY)[:-9]),
        ("gzip", squeezed(BODY)[:100]),
        ("gzip", squeezed(BODY)[:50] + bytes(200) + squeezed(BODY)[250:]),
        ("deflate", zlib.compress(BODY)[:-9]),
        ("deflate", b"no deflate at all, and no image"),
    ],
)
def test_a_compressed_body_that_is_not_whole_is_cut_off(
    fetch: Fetch, origin: Origin, encoding: str, sent: bytes
) -> None:
    sends(origin, sent, encoding)
    assert fetch.reason() is Reason.CUT_OFF


def test_a_name_that_is_said_a_thousand_times_over_what_is_no_image_is_passed_over(
    fetch: Fetch, origin: Origin
) -> None:
    sends(origin, b"<html>", "gzip," * 9_000)
    assert fetch().undone == ()


def test_what_is_inflated_has_the_same_bound(fetch: Fetch, origin: Origin) -> None:
    most = QUICK.max_bytes
    sends(origin, squeezed(bytes(most)), "gzip")
    assert fetch().bytes == most
    for bomb in (squeezed(bytes(most + 1)), squeezed(squeezed(bytes(200_000_000)))):
        sends(origin, bomb, "gzip, gzip")
        assert fetch.reason() is Reason.TOO_LARGE


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)


@pytest.mark.parametrize(
    "before",
    [
        HINTS,
        HINTS * 5,
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS,
        b"HTTP/1.1 104 Upload Resumption\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 199\r\n\r\n",
    ],
)
def test_answers_before_the_answer_are_passed_over(fetch: Fetch, origin: Origin, before: bytes) -> None:
    """http.client's inside: `_read_status` reads one status line, and what it returns becomes the answer."""
    says(origin, before + OK + BODY, keeps=True)
    assert fetch().sha256 == fetch().sha256 == hashlib.sha256(BODY).hexdigest()
    assert origin.connections == 1


@pytest.mark.parametrize(
    "line",
    [
        b"a line that is no field",
        b"X Y: a name with a blank",
        b": no name",
        b"\xffX: a name of other bytes",
        b" a line that goes on with nothing",
        b"X: y\r\n and goes on",
        b"X: a\rb",
        b"HTTP/1.1 200 OK",
        b"X:",
        b"From nobody",
    ],
)
@pytest.mark.parametrize(
    "length", [b"Content-Length: %d", b"Content-Length : %d", b"content-length:%d", b"CONTENT-LENGTH:\t%d "]
)
def test_a_line_that_is_no_field_hides_no_length(
    fetch: Fetch, origin: Origin, line: bytes, length: bytes
) -> None:
    fields = [b"HTTP/1.1 200 OK", line, length % len(BODY), b"Content-Type: image/png", b"", BODY]
    says(origin, b"\r\n".join(fields), keeps=True)
    got = fetch()
    assert (got.bytes, got.content_type) == (len(BODY), "image/png")
    assert fetch().bytes == len(BODY)
    assert origin.connections == 1


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("between", [b", ", b",", b" ,\t", b"\r\nContent-Length: "])
def test_a_length_that_is_said_more_than_once_is_one(
    fetch: Fetch, origin: Origin, times: int, between: bytes
) -> None:
    told = between.join([b"%d" % len(BODY)] * times)
    says(origin, b"HTTP/1.1 200 OK\r\nContent-Length: " + told + b"\r\n\r\n" + BODY, keeps=True)
    assert fetch().bytes == fetch().bytes == len(BODY)
    assert origin.connections == 1


@pytest.mark.parametrize("status", ["202 Accepted", "218 This is fine", "226 IM Used"])
def test_whatever_went_well_and_begins_like_an_image_is_read_and_nothing_else(
    fetch: Fetch, origin: Origin, status: str
) -> None:
    refused = Reason.SOURCE_TROUBLE if status.startswith("202") else Reason.SOURCE_REFUSED
    for body in (b'{"status": "queued"}', b"", squeezed(b"<html>"), b"\x1f\x8b\x08 and broken"):
        origin.answers["/a.png"] = partial(Asked.answer, body=body, status=status)
        assert fetch.reason() is refused
    for image in IMAGES:
        origin.answers["/a.png"] = partial(Asked.answer, body=image, status=status)
        assert fetch().bytes == len(image)


@pytest.mark.parametrize("before", [b"", b"\r\n", b"\n\r\n", b"\r\n" * 4])
@pytest.mark.parametrize("version", [b"http/1.1", b"HTTP/2", b"Http/1.0", b"HTTP/2.0", b"HTTP/1.2"])
def test_an_answer_of_an_odd_beginning_is_read(
    fetch: Fetch, origin: Origin, before: bytes, version: bytes
) -> None:
    says(origin, before + OK.replace(b"HTTP/1.1", version) + BODY)
    assert fetch().bytes == len(BODY)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"X: " + b"y" * 65_536, "a line of more than 65536 bytes"),
        (b"X: y\r\n" * 100 + b"X: y", "more than 100 lines"),
        (b"Content-Length: 5\r\nContent-Length: 6", "tells two lengths"),
        (b"Content-Length: 5, 6", "tells two lengths"),
    ],
    ids=["long", "many", "two", "two in one"],
)
def test_what_is_not_read_of_a_head_is_named(fetch: Fetch, origin: Origin, head: bytes, told: str) -> None:
    says(origin, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nxxxxxx")
    error = fetch.refused()
    assert isinstance(error, SourceTrouble)
    assert (error.reason, told in error.detail) == (Reason.SOURCE_TROUBLE, True)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("201 Created", ""),
        ("203 Non-Authoritative Information", ""),
        ("206 Partial Content", f"bytes 0-{len(BODY) - 1}/{len(BODY)}"),
    ],
)
def test_an_answer_of_another_status_that_brings_the_image_is_taken(
    fetch: Fetch, origin: Origin, status: str, told: str
) -> None:
    headers = {"Content_Range": told} if told else {}
    origin.answers["/a.png"] = lambda asked: asked.answer(BODY, status=status, **headers)
    assert fetch().bytes == fetch().bytes == len(BODY)
    assert origin.connections == 1


@pytest.mark.parametrize(
    "around", [" {}", "{} ", "{}\n", "\t{}\r\n", "\u00a0{}", "\ufeff<{}>\0", "'{}\u200b'"]
)
def test_white_space_around_a_link_is_no_part_of_it(fetch: Fetch, origin: Origin, around: str) -> None:
    assert fetch(around.format(f"http://127.0.0.1:{origin.port}/a.png")).bytes == len(BODY)


def test_the_types_that_are_kept_are_asked_for_by_name(fetch: Fetch, origin: Origin) -> None:
    fetch()
    accept = origin.asked[0].headers["accept"]
    assert [name in accept for name in ("image/png", "image/jpeg", "image/webp")] == [True] * 3
    assert "image/*" not in accept
    assert "avif" not in accept
