"""The provider simulator of the local stack, asked for an image over its own API."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from archive.errors import FixativeError
from console.cli.waiting import until
from console.submitting.callback_url import is_loopback
from egress.own_call import NoAnswer, Reply, ask

# By which a local stack says where its simulator is, where EVOLINK_API does not lead there.
SIMULATOR = "FIXATIVE_SIMULATOR"
HEALTH_S = 2.0
# It draws an image in well under a second.
DRAWN_S = 20.0
# As both providers' families make it.
SIZE = "1024x1024"


class SimulatorFailed(FixativeError):
    """The simulator did not make an image."""


def find_simulator(api: str) -> str | None:
    """The address of a simulator, if this base of a task API leads to one: on loopback, and it says so."""
    parts = urlsplit(api)
    if not is_loopback(parts.hostname or ""):
        return None
    address = f"{parts.scheme}://{parts.netloc}"
    try:
        healthy = ask("GET", f"{address}/simulator/health", timeout_s=HEALTH_S).status
    except NoAnswer:
        return None
    return address if healthy == 200 else None  # noqa: PLR2004 - OK


def order_link(address: str, api_key: str, switches: dict[str, object]) -> str:
    """The link of a fresh image; `switches` say what goes wrong with it.

    Raises:
        SimulatorFailed: with what it said.
    """
    headers = {"Authorization": f"Bearer {api_key or 'simulator'}", "Content-Type": "application/json"}
    order = {"model": "gpt-image-2", "prompt": "fixative trigger", "size": SIZE, "simulate": switches}
    try:
        created = _object(
            ask(
                "POST",
                f"{address}/v1/images/generations",
                body=msgspec.json.encode(order),
                headers=headers,
            )
        )

        def finished() -> dict[str, Any] | None:
            task = _object(ask("GET", f"{address}/v1/tasks/{created['id']}", headers=headers))
            return task if task["status"] == "completed" else None

        task = until(finished, DRAWN_S)
    except (NoAnswer, LookupError) as error:
        raise SimulatorFailed(f"the simulator made no image: {error}") from error
    if task is None:
        raise SimulatorFailed(f"the simulator made no image within {DRAWN_S:g} s")
    return str(task["results"][0])


def _object(answer: Reply) -> dict[str, Any]:
    """The JSON object of an answer."""
    try:
        value = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, ValueError):
        value = None
    if answer.status != 200 or not isinstance(value, dict):  # noqa: PLR2004 - OK
        raise SimulatorFailed(f"the simulator answered {answer.status}")
    return value
