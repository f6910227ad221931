"""What reads a stranger's text takes time in proportion to it, whatever stands in it.

Of each function that such text reaches, wherever it enters: bodies, links, headers, answers of task APIs, orders,
lines of logs and of tables. A function that is new to such text is to be named here.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from archive import layout, tickets
from archive.errors import FixativeError
from archive.records.delivery import Delivery
from archive.records.notification import without_query
from archive.redaction import redacted, redacted_body, redacted_json
from archive.store.clock import Clock
from archive.task_ids import is_task_id, told_or_as_it_is
from console.cli import words
from console.cli.shown import shown_delivery
from console.cli.table import Column, show_table
from egress.answer import redirect, refusal, retry_after_s
from egress.download import Downloaded
from egress.gate import Gate
from providers.expecting.models import family_of
from providers.expecting.sizes import pixels_in, ratio_in
from providers.generic.declared import gateways_in
from providers.generic.learning import learn
from providers.provider import Provider
from providers.reading.body import read_object
from providers.reading.charset import in_utf8
from providers.reading.content_coding import plain
from providers.registry import PROVIDERS
from receiver.client_network import network_of
from receiver.orders_door import OrderRefused, read_order
from receiver.refusal import NotTaken
from receiver.wire.framing import Chunked
from receiver.wire.header import END, read_header
from runtime.logs.lines import LogLines
from tests.unit.linear.cost import LINEAR_BELOW, growth
from tests.unit.providers.generic.gateways import KILN
from workers.decoding.verdict import Facts
from workers.readings import read_delivery, task_id_of
from workers.verify import byte_findings

pytestmark = pytest.mark.thorough

LEAST, MOST = 2_048, 65_536  # characters
NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEYS = tickets.read_keys(tickets.new_key("k1"))
FACTS = Facts(format="PNG", content_type="image/png", extension="png", mode="RGB", width=1, height=1)
# What patterns and splitters of this house and of its libraries look for, repeated.
PIECES = (
    "a", " ", "\n", "\t", "\x00", "0", "9", "-", "_", ".", ",", ";", ":", "/", "//", "://", "?", "#", "@", "=", "&",
    "%", "%2", "\\", "\\u", "\\ud83d", '"', "'", "[", "{", '{"a":', "[[],", "<", "<!--", "(", "((a)", "é", "漢", "\U0001f600",
    "\u0300", "\u0315\u0300", "\u200d", "\u202e", "\u2028", "\ud800", "http://", "https://a@", "https://a/?b=c ",
    "/callbacks/a/", "a.b.", "k1.aaaaaaaaaaaaaaaa.", "sk-", "Bearer ", "bearer\n", "?a=", "?a", "1x", "1:", "xn--",
    "-1757156493", "task-", "1;q=", "a=1&", "%7B", "--a\n\n{", "nan,", "[NaN", "gzip, ", "Mon, ",
)  # fmt: skip
# Of the texts for each function, in `make test`: which, differs from one to the next. All, in `make long`.
ONE_OF = 3
# What is no ASCII is repeated in the host of a link too, where libraries treat it differently.
TEXTS = [
    *(("", piece) for piece in PIECES),
    *(("https://a", piece) for piece in PIECES if not piece.isascii()),
]


def _json_of(text: str) -> str:
    """As a string of JSON; with lone surrogates escaped, as senders write them."""
    return json.dumps(text)


def _bodies(text: str) -> tuple[bytes, ...]:
    """A text in every place of a body that is read, and as the whole body."""
    string, ending = _json_of(text), '"id": "task-1", "task_id": "task-1", "status"'
    return (
        text.encode("utf-8", "replace"),
        string.encode(),
        f'{{"id": {string}, "task_id": {string}, "status": {string}}}'.encode(),
        f'{{{ending}: {string}, "type": {string}, "object": {string}}}'.encode(),
        f'{{{ending}: "failed", "error": {{"code": {string}, "message": {string}}}, "model": {string}}}'.encode(),
        f'{{{ending}: "failed", "usage": {{{string}: {string}}}, "created": {string}, {string}: 1}}'.encode(),
        f'{{{ending}: "completed", "results": [{string}, {string}]}}'.encode(),
        f'{{"code": {string}, "data": {string}, "info": {{"resultUrls": {string}}}}}'.encode(),
    )


def _reader(provider: Provider) -> Callable[[str], None]:
    def read(text: str) -> None:
        for body in _bodies(text):
            provider.read_task_id(body)
            with suppress(FixativeError):
                _ = provider.read(body).origin
            with suppress(FixativeError):
                provider.read_order(body)

    return read


def _learnt(text: str) -> None:
    for body in _bodies(text):
        with suppress(FixativeError):
            learn(body)


def _declared(text: str) -> None:
    with suppress(FixativeError):
        gateways_in(f"{KILN}\n# {text}\n[gateways.kiln.words]\ncompleted = [{text}]")


def _answers(text: str) -> None:
    """Of a task API."""
    provider = PROVIDERS["evolink"]  # all have the same functions for these
    for body in _bodies(text):
        provider.refusal_in(body)
        for read in (provider.tasks_in, provider.listed_in):
            with suppress(FixativeError):
                read(body)


def _delivery(text: str) -> None:
    """A delivery with the text in its body and in everything beside it."""
    kept = text.encode("utf-8", "replace").decode()
    delivery = Delivery(
        id="d", received_at=NOW, provider="evolink", body=kept.encode(), content_type=kept,
        content_encoding=kept, headers={"user-agent": kept},
    )  # fmt: skip
    with suppress(FixativeError):
        read_delivery(delivery)
    task_id_of(delivery)
    shown_delivery(delivery)


def _order(text: str) -> None:
    string = _json_of(text)
    for body in (
        string,
        f'{{"provider": {string}, "task_id": {string}, "label": {string}, "request": {{{string}: {string}}}}}',
    ):
        with suppress(OrderRefused):
            read_order(body.encode())
    request = f'{{"model": {string}, "prompt": {string}, "size": {string}, "image_urls": [{string}], "n": 1}}'
    for provider in PROVIDERS.values():
        with suppress(FixativeError):
            provider.read_order(request.encode())


def _origin(text: str) -> None:
    """What an origin says of itself, before and after its image."""
    head = {
        "location": text.encode("latin-1", "replace").decode("latin-1"),
        "retry-after": text,
        "date": text,
    }
    redirect(302, head)
    retry_after_s(head)
    refusal(200, {"content-encoding": text, "transfer-encoding": text})
    downloaded = Downloaded(
        path=Path(), bytes=1, sha256="", content_type=text, final_url_without_query=text, download_ms=1
    )
    byte_findings(FACTS, downloaded)


def _line(text: str) -> None:
    record = logging.LogRecord("receiver", logging.INFO, "file", 1, "%s", (text,), None)
    LogLines(("a secret of the process",)).format(record)


def _table(text: str) -> None:
    cells = [text, words.short(text)]
    show_table(Console(file=io.StringIO(), width=80), [Column("a"), Column("b")], [cells], width=80)


def _ticket(text: str) -> None:
    tickets.read(text, "evolink", KEYS, NOW)


def _body(text: str) -> None:
    for body in _bodies(text):
        with suppress(FixativeError):
            read_object(body)


def _header(text: str) -> None:
    raw = text.encode("utf-8", "replace")
    for header in (raw, b"GET /" + raw + b" HTTP/1.1", b"GET / HTTP/1.1\r\nX: " + raw):
        with suppress(NotTaken):
            read_header(header + END)


def _frames(text: str) -> None:
    """Whole, and as it drips."""
    raw = text.encode("utf-8", "replace")
    for first in (b"", b"5;", b"5\r\nhello\r\n0\r\nX: "):
        for step in (len(raw), 64):
            framing, came = Chunked(), bytearray(first)
            with suppress(NotTaken):
                for at in range(0, len(raw), step):
                    came += raw[at : at + step]
                    framing.take(came)


def _coding(text: str) -> None:
    """Of a text in each coding, of many members, and of what only looks like one."""
    raw = text.encode("utf-8", "replace")
    # The better levels of compressing are not linear themselves.
    packed, wrapped = gzip.compress(raw, 1, mtime=0), zlib.compress(raw, 1)
    for body in (
        raw,
        packed,
        wrapped,
        wrapped[2:-4],
        b"\x1f\x8b\x08" + raw,
        _EMPTY * (len(raw) // len(_EMPTY)),
    ):
        for named in ("gzip", "deflate", text, None):
            with suppress(FixativeError):
                plain(body, named)


_EMPTY = gzip.compress(b"", mtime=0)

FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "a text is redacted": redacted,
    "a text is redacted and cut": lambda text: redacted(text, 2_000, secrets=("secret",)),
    "JSON is redacted": lambda text: redacted_json({text: [text, {"a": text}]}),
    "a body is redacted": lambda text: [redacted_body(body) for body in _bodies(text)],
    "a link loses its query": without_query,
    "a body is an object": _body,
    "a coding is undone": _coding,
    "a charset is undone": lambda text: in_utf8(
        text.encode("gbk", "replace") + b"\xe5", f"{text}; charset=gbk"
    ),
    **{f"{name} reads": _reader(provider) for name, provider in PROVIDERS.items()},
    "a declared gateway reads": _reader(gateways_in(KILN)["kiln"][1]),
    "a body is learnt from": _learnt,
    "gateways are declared": _declared,
    "a task API answers": _answers,
    "a delivery is read and shown": _delivery,
    "an order is told": _order,
    "an origin answers": _origin,
    "the gate checks": lambda text: Gate(frozenset()).check(text, ("evolink.ai",)),
    "a line is logged": _line,
    "a table is shown": _table,
    "a ticket is read": _ticket,
    "an id is checked": is_task_id,
    "a filed id is read": told_or_as_it_is,
    "a day is found": layout.day_in,
    "a due key is read": layout.read_due_key,
    "an inbox key is read": layout.inbox_time,
    "a size is read": lambda text: (pixels_in(text), ratio_in(text)),
    "a model is known": family_of,
    "an address is known": network_of,
    "a header is read": _header,
    "frames are taken": _frames,
    "a date is heard": lambda text: Clock().hear(text),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_linear(name: str, share: float) -> None:
    read, texts = FUNCTIONS[name], TEXTS
    if share <= 1:
        texts = TEXTS[list(FUNCTIONS).index(name) % ONE_OF :: ONE_OF]
    # No text is given twice: what the library remembers of it (as `urlsplit` does) costs nothing.
    another, steep = count(), {}
    for head, piece in texts:

        def run(size: int, head: str = head, piece: str = piece) -> None:
            # A refusal is as good an answer as any; what it costs is asked here.
            with suppress(FixativeError, ValueError):
                read(f"{head}{(piece * (size // len(piece) + 1))[:size]}{next(another)}")

        ratio = growth(run, least=LEAST, most=MOST)
        if ratio >= LINEAR_BELOW:
            steep[head + piece] = ratio

    assert {} == steep
