"""What the door counts of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from receiver.measuring import Measured, way_of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER
from runtime.metrics.registry import DOOR_ANSWERS, DOOR_SECONDS

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def answering(status: int) -> App:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def raising(error: BaseException) -> App:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return app


def served(app: App, path: str) -> Meters:
    meters = Meters("receiver")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pass

    async def once() -> None:
        await Measured(app, meters=meters)({"type": "http", "path": path}, receive, send)

    asyncio.run(once())
    return meters


@pytest.mark.parametrize(
    ("path", "way", "provider"),
    [
        ("/callbacks/evolink/ticket", "callback", "evolink"),
        ("/callbacks/nobody/ticket", "callback", OTHER),
        ("/callbacks/probe/ticket", "probe", OTHER),
        ("/orders", "order", OTHER),
        ("/tasks/evolink/task-1", "task", OTHER),
        ("/readyz", "health", OTHER),
        ("/wp-login.php", OTHER, OTHER),
    ],
)
def test_an_answer_is_counted_by_its_way_and_provider(path: str, way: str, provider: str) -> None:
    assert 1 == served(answering(404), path).value(DOOR_ANSWERS, way, provider, "404")


def test_only_what_was_taken_is_timed() -> None:
    assert 1 == served(answering(202), "/callbacks/evolink/ticket").value(DOOR_SECONDS, "evolink")
    assert 0 == served(answering(503), "/callbacks/evolink/ticket").value(DOOR_SECONDS, "evolink")


def test_a_fault_of_ours_is_counted_as_500() -> None:
    meters = Meters("receiver")

    async def once() -> None:
        async def unused(*_: Message) -> Message:
            return {}

        with pytest.raises(ZeroDivisionError):
            await Measured(raising(ZeroDivisionError()), meters=meters)(
                {"type": "http", "path": "/callbacks/evolink/t"},
                unused,
                unused,  # type: ignore[arg-type] # never called
            )

    asyncio.run(once())

    assert 1 == meters.value(DOOR_ANSWERS, "callback", "evolink", "500")


def test_a_request_that_the_end_interrupts_is_counted_as_the_503_that_it_is() -> None:
    meters = Meters("receiver")

    async def once() -> None:
        async def forever(_scope: Scope, _receive: Receive, _send: Send) -> None:
            await asyncio.Event().wait()

        async def unused(*_: Message) -> Message:
            return {}

        serving = asyncio.ensure_future(
            Measured(forever, meters=meters)({"type": "http", "path": "/orders"}, unused, unused)  # type: ignore[arg-type] # never called
        )
        await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(once())

    assert 1 == meters.value(DOOR_ANSWERS, "order", OTHER, "503")


def test_of_a_path_nothing_is_kept() -> None:
    assert ("callback", "a" * 5_000) == way_of("/callbacks/" + "a" * 5_000)
    meters = served(answering(404), "/callbacks/" + "a" * 5_000)

    assert 1 == meters.value(DOOR_ANSWERS, "callback", OTHER, "404")
