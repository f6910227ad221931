"""What the receiver's connections lean on is inside uvicorn: it is there, as it was.

`receiver/wire/serving.py` takes the place of a start and goes before a stop, `receiver/wire/protocol.py` stands in the place of
a protocol, `receiver/wire/exchange.py` is a cycle of uvicorn's, and the flow of both is uvicorn's too.
`tests/unit/receiver/wire/test_exchange.py` drives the cycle itself.
"""

from __future__ import annotations

import inspect

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from receiver.wire.exchange import Exchange


def test_a_server_starts_and_stops_where_ours_does() -> None:
    served = inspect.getsource(uvicorn.Server._serve)
    for what in ("await self.startup(", "await self.main_loop()", "await self.shutdown("):
        assert what in served
    started = inspect.getsource(uvicorn.Server.startup)
    for what in (
        "await self.lifespan.startup()",
        "self.lifespan.should_exit",
        "self.servers",
        "self.started = True",
    ):
        assert what in started
    stopped = inspect.getsource(uvicorn.Server.shutdown)
    for what in (
        "server.close()",
        "connection.shutdown()",
        "self.server_state.tasks",
        "await self.lifespan.shutdown()",
    ):
        assert what in stopped
    assert "await server.wait_closed()" in inspect.getsource(uvicorn.Server._wait_tasks_to_complete)
    assert isinstance(uvicorn.config.STARTUP_FAILURE, int)


def test_a_server_knows_connections_and_tasks_where_ours_tells_them() -> None:
    state = ServerState()

    assert (0, set(), set(), []) == (
        state.total_requests,
        state.connections,
        state.tasks,
        state.default_headers,
    )


def test_a_cycle_has_what_ours_gives_it_and_asks_of_it() -> None:
    taken = set(inspect.signature(RequestResponseCycle.__init__).parameters) - {"self"}
    assert taken == {
        *("scope", "transport", "flow", "logger", "access_logger", "access_log"),
        *("default_headers", "message_event", "expect_100_continue", "keep_alive", "on_response"),
    }
    kept = inspect.getsource(RequestResponseCycle.__init__)
    for name in (
        *("disconnected", "response_complete", "more_body", "keep_alive"),
        *("waiting_for_100_continue", "message_event"),
    ):
        assert f"self.{name} = " in kept
    assert "self.on_response()" in inspect.getsource(RequestResponseCycle.send)
    assert {"receive", "send"} <= set(vars(Exchange))


def test_a_cycle_uses_of_a_transport_no_more_than_ours_has() -> None:
    source = inspect.getsource(RequestResponseCycle)
    used = {word.partition("(")[0] for word in source.split("self.transport.")[1:]}

    assert used <= {"write", "close", "is_closing"}


def test_flow_and_the_small_words_are_there() -> None:
    assert {"pause_reading", "resume_reading", "pause_writing", "resume_writing"} <= set(vars(FlowControl))
    assert STATUS_LINE[408].startswith(b"HTTP/1.1 408 ")
    assert all(map(callable, (get_local_addr, get_remote_addr, is_ssl)))


def test_the_simulators_protocol_reports_where_uvicorns_begins_and_ends() -> None:
    assert {"connection_made", "connection_lost"} <= set(vars(H11Protocol))
    assert "self.client = get_remote_addr(transport)" in inspect.getsource(H11Protocol.connection_made)
    # What ours stands in the place of has no more doors than ours has.
    assert {"shutdown", "data_received", "eof_received"} <= set(vars(HttpToolsProtocol))
