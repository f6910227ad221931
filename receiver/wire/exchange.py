"""One request and its one answer.

uvicorn's own cycle writes the answer. Three things differ: the body is cut out of what came only when the endpoint
asks for it, so that a request that is refused before costs nothing more; the connection ends with a 4xx, and with
every answer that leaves before the body's end, since nobody knows then what comes next; and the head of an answer
leaves with the first of its body, in one word to the system where uvicorn has two.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from receiver.refusal import BUSY
from receiver.wire.framing import Framing
from receiver.wire.header import Header

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPScope

log = logging.getLogger("uvicorn.error")

# By this extension of its own an application is told that it need not wait for the body.
WHOLE_BODY = "fixative.whole_body"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSALS = range(400, 500)
_STOPPING = PlainTextResponse("the receiver is stopping, try again\n", BUSY, headers={"Retry-After": "1"})


class Line(Protocol):
    """What an exchange needs of its connection: the first three are a transport's."""

    def write(self, data: bytes) -> None:
        """Send a part of the answer."""

    def close(self) -> None:
        """Serve no more requests; what was sent still arrives."""

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""

    def body_of(self, framing: Framing) -> bytes:
        """What has come of the body. Raises Refused."""

    def has_ended(self) -> bool:
        """Whether nothing more can come."""


class _Answer:
    """What the cycle has for a transport: the head waits for the first of the body, and both leave together."""

    __slots__ = ("_head", "_line", "head_comes")

    def __init__(self, line: Line) -> None:
        self._line, self._head, self.head_comes = line, b"", False

    def write(self, data: bytes) -> None:
        if self.head_comes:
            self.head_comes, self._head = False, data
            return
        data, self._head = self._head + data, b""
        self._line.write(data)

    def close(self) -> None:
        if self._head:
            self.write(b"")
        self._line.close()

    def is_closing(self) -> bool:
        return self._line.is_closing()


class Exchange(RequestResponseCycle):
    """A request that is being served; `answered` is called when its answer has left."""

    def __init__(
        self,
        header: Header,
        scope: HTTPScope,
        line: Line,
        flow: FlowControl,
        default_headers: list[tuple[bytes, bytes]],
        answered: Callable[[], None],
    ) -> None:
        answer = _Answer(line)
        super().__init__(
            scope=scope,
            transport=answer,  # type: ignore[arg-type]  # of a transport, it uses write, close and is_closing
            flow=flow,
            logger=log,
            access_logger=log,
            access_log=False,  # callback URLs hold tickets
            default_headers=default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=header.waits,
            keep_alive=header.stays,
            on_response=answered,
        )
        self.framing, self._line, self._answer = header.framing, line, answer
        # A HEAD is answered with no body that its head could leave with.
        self._has_body = header.method != "HEAD"

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Serve the request. One that the receiver's end interrupts is answered 503, so that it is tried again."""

        async def served(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if self.response_started:
                    raise
                await _STOPPING(scope, receive, send)

        await super().run_asgi(served)

    async def receive(self) -> ASGIReceiveEvent:
        """The next part of the body, as soon as there is one.

        Raises:
            Refused: if the body's framing cannot be read.
        """
        if self.waiting_for_100_continue and not self._line.is_closing():
            self.waiting_for_100_continue = False
            self._line.write(_CONTINUE)
        while not (self.disconnected or self.response_complete):
            if self.more_body:
                data = self._line.body_of(self.framing)
                if data or self.framing.ended:
                    self.more_body = not self.framing.ended
                    return {"type": "http.request", "body": data, "more_body": self.more_body}
                if self._line.has_ended():
                    break
            self.message_event.clear()
            await self.message_event.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start" and (
            message["status"] in _REFUSALS or not self.framing.ended
        ):
            self.keep_alive = False
        self._answer.head_comes = self._has_body and not self.response_started
        await super().send(message)

    def break_off(self) -> None:
        """The client is gone."""
        self.disconnected = True
        self.message_event.set()


def scope_of(
    header: Header,
    server: tuple[str, int | None] | None,
    client: tuple[str, int] | None,
    state: dict[str, Any],
    *,
    tls: bool,
    here: bool,
) -> HTTPScope:
    """What an application is told of a request; `here`: its whole body has come, and nothing is to be waited for.

    https://asgi.readthedocs.io/en/latest/specs/www.html
    """
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": header.version,
        "server": server,
        "client": client,
        "scheme": "https" if tls else "http",
        "method": header.method,
        "root_path": "",
        "path": header.path,
        "raw_path": header.raw_path,
        "query_string": header.query,
        "headers": header.fields,
        "state": state.copy(),
        "extensions": {WHOLE_BODY: {}} if here else {},
    }
