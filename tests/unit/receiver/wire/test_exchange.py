"""One request and its one answer. Leans on the inside of uvicorn 0.54: `RequestResponseCycle` and `FlowControl`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from receiver.wire.exchange import Exchange
from receiver.wire.framing import Framing, LengthTold
from receiver.wire.header import read_header


class Wire:
    """A connection of which the test says what has come."""

    def __init__(self, came: bytes = b"") -> None:
        self.came, self.sent, self.words = bytearray(came), b"", 0
        self.closed = self.over = False

    def write(self, data: bytes) -> None:
        self.sent += data
        self.words += 1

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def body_of(self, framing: Framing) -> bytes:
        return framing.take(self.came)

    def has_ended(self) -> bool:
        return self.over


App = Callable[[Any, Any, Any], Awaitable[None]]


async def served(
    wire: Wire, app: App, fields: bytes = b"Content-Length: 5\r\n", method: str = "POST"
) -> tuple[Exchange, list[str]]:
    """Serve one request with an application; what was called when its answer had left."""
    told: list[str] = []
    header = read_header(method.encode() + b" / HTTP/1.1\r\n" + fields + b"\r\n")
    flow = FlowControl(cast("asyncio.Transport", wire))
    exchange = Exchange(
        header, cast("Any", {"method": method}), wire, flow, [], lambda: told.append("answered")
    )
    await asyncio.wait_for(exchange.run_asgi(app), 5)
    return exchange, told


def answering(status: int, *, reads: bool) -> App:
    """An application that answers, before or after it has read the body."""

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while reads and (await receive())["more_body"]:
            pass
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


@pytest.mark.parametrize(
    ("status", "reads", "last"),
    [
        (202, True, False),
        (503, True, False),
        (202, False, True),
        (503, False, True),
        (404, True, True),
        (404, False, True),
        (413, True, True),
    ],
)
def test_a_4xx_is_the_last_answer_and_so_is_one_before_the_bodys_end(
    status: int, *, reads: bool, last: bool
) -> None:
    wire = Wire(b"hello")
    _, told = asyncio.run(served(wire, answering(status, reads=reads)))

    assert (last, last) == (wire.closed, b"\r\nconnection: close\r\n" in wire.sent)
    assert wire.sent.endswith(b"\r\n\r\nok")
    assert ["answered"] == told


def test_the_body_comes_as_it_comes_and_no_byte_of_the_next_request() -> None:
    async def main() -> tuple[list[Any], bytes]:
        wire, parts = Wire(b"he"), []

        async def app(_scope: Any, receive: Any, send: Any) -> None:
            parts.append(await receive())
            asyncio.get_running_loop().call_later(0.01, more)
            parts.append(await receive())
            await answering(202, reads=False)(_scope, receive, send)
            parts.append(await receive())

        def more() -> None:
            wire.came += b"lloGET"
            exchanges[0].message_event.set()

        exchanges: list[Exchange] = []
        header = read_header(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        flow = FlowControl(cast("asyncio.Transport", wire))
        exchanges.append(Exchange(header, cast("Any", {"method": "POST"}), wire, flow, [], lambda: None))
        await asyncio.wait_for(exchanges[0].run_asgi(app), 5)
        return parts, bytes(wire.came)

    parts, left = asyncio.run(main())
    assert [(b"he", True), (b"llo", False)] == [(part["body"], part["more_body"]) for part in parts[:2]]
    assert {"type": "http.disconnect"} == parts[2]
    assert b"GET" == left


def test_a_client_that_ended_before_its_body_did_is_gone() -> None:
    wire, parts = Wire(b"he"), []
    wire.over = True

    async def app(scope: Any, receive: Any, send: Any) -> None:
        parts.extend([await receive(), await receive()])
        await answering(400, reads=False)(scope, receive, send)

    asyncio.run(served(wire, app))
    assert "http.disconnect" == parts[1]["type"]
    assert wire.closed


def test_who_waits_to_be_asked_is_asked_once_and_only_if_the_body_is_wanted() -> None:
    fields = b"Content-Length: 5\r\nExpect: 100-continue\r\n"
    wanted, unwanted = Wire(b"hello"), Wire()
    asyncio.run(served(wanted, answering(202, reads=True), fields))
    asyncio.run(served(unwanted, answering(404, reads=False), fields))

    assert 1 == wanted.sent.count(b"100 Continue")
    assert wanted.sent.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 ")
    assert b"100 Continue" not in unwanted.sent


def test_an_application_that_fails_is_a_500_and_the_last_answer() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ValueError("a fault of ours")

    wire = Wire(b"hello")
    exchange, _ = asyncio.run(served(wire, app))

    assert wire.sent.startswith(b"HTTP/1.1 500 ")
    assert wire.closed
    assert isinstance(exchange.framing, LengthTold)


def test_the_head_of_an_answer_leaves_with_its_body() -> None:
    wire = Wire(b"hello")
    asyncio.run(served(wire, answering(202, reads=True)))

    assert (1, b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok") == (wire.words, wire.sent)


def test_the_head_of_an_answer_without_a_body_leaves_alone() -> None:
    wire = Wire()
    asyncio.run(served(wire, answering(200, reads=False), b"", "HEAD"))

    assert wire.sent == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


def test_a_head_whose_body_does_not_come_leaves_before_the_end() -> None:
    async def failing(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        raise ValueError

    wire = Wire(b"hello")
    asyncio.run(served(wire, failing))

    assert wire.closed
    assert wire.sent.startswith(b"HTTP/1.1 200 OK\r\n")
