"""A balancer that keeps its connections for a shorter time than the receiver loses no request at the edge."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.integration.door.lone_receiver import BODY, LoneReceiver, receiving

# The proportion is about that of the defaults; a balancer's 600 s cannot be waited for.
KEPT_S, IDLE_S = 1.5, 3.5
# One way between balancer and receiver. What the balancer knows is so old, and what it sends arrives so much later.
AWAY_S = 0.03
ANSWER_S = 10.0
# The last moments in which the balancer still takes a connection for alive.
PAUSES_S = [KEPT_S - AWAY_S * 2 * place / 20 for place in range(20)]


async def reused_after(door: LoneReceiver, pause_s: float) -> str:
    """What becomes of a callback in a connection that was idle for so long."""
    head = f"POST {door.path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\nContent-Length: {len(BODY)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        writer.write(head.encode() + BODY)
        await asyncio.wait_for(reader.readuntil(b"}"), ANSWER_S)
        await asyncio.sleep(pause_s - AWAY_S)
        if reader.at_eof():
            return "seen to be closed"
        await asyncio.sleep(2 * AWAY_S)
        writer.write(head.encode() + BODY)
        return (await asyncio.wait_for(reader.readuntil(b"\r\n"), ANSWER_S)).decode()
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        return f"lost: {type(error).__name__}"
    finally:
        writer.transport.abort()


async def first_after(door: LoneReceiver, source: str, silent_s: float, sent: bytes) -> bytes:
    """What comes back on a connection that is silent for so long before it sends anything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, local_addr=(source, 0))
    try:
        await asyncio.sleep(silent_s)
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), ANSWER_S)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def answers(door: LoneReceiver) -> list[str]:
    return list(await asyncio.gather(*(reused_after(door, pause_s) for pause_s in PAUSES_S)))


def test_a_connection_that_a_balancer_opened_before_it_had_a_request_is_kept_as_an_idle_one(
    tmp_path: Path,
) -> None:
    """Go's clients, Caddy among them, dial ahead: https://pkg.go.dev/net/http#Transport."""
    environment = {
        "TLS_CERT": "",
        "TLS_KEY": "",
        "TRUSTED_PROXIES": "127.0.0.1",
        "HEADER_S": "0.5",
        "IDLE_S": "3.5",
    }
    get = b"GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with receiving(tmp_path, environment) as door:

        async def all_of_them() -> list[bytes]:
            return list(
                await asyncio.gather(
                    first_after(door, "127.0.0.1", 1.5, get),
                    first_after(door, "127.0.0.1", 1.5, get[:20]),
                    first_after(door, "127.0.0.2", 1.5, get),
                )
            )

        opened_ahead, half_a_header, strangers = asyncio.run(all_of_them())

    assert opened_ahead.startswith(b"HTTP/1.1 200")
    assert half_a_header.startswith(b"HTTP/1.1 408")
    assert b"" == strangers


def test_no_request_is_lost_in_a_connection_that_its_balancer_still_keeps(tmp_path: Path) -> None:
    environment = {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1", "IDLE_S": str(IDLE_S)}
    with receiving(tmp_path, environment) as door:
        told = asyncio.run(answers(door))

    assert ["HTTP/1.1 202 Accepted\r\n"] * len(PAUSES_S) == told
