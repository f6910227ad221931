"""The provider simulator of the local stack, asked for an image over its own API."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from archive.errors import ApiTrouble, FixativeError, Unreadable
from archive.records.notification import Notification
from console.cli.waiting import until
from console.submitting.callback_url import is_loopback
from egress.own_call import NoAnswer, ask
from egress.task_api import TaskApi
from providers.provider import Provider

# By which a local stack says where its simulator is, where no task API leads there.
SIMULATOR = "FIXATIVE_SIMULATOR"
HEALTH_S = 2.0
# It draws an image in well under a second.
DRAWN_S = 20.0


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


def order_link(api: TaskApi, provider: Provider, switches: Mapping[str, object]) -> str:
    """The link of a fresh image, ordered in the provider's words; `switches` say what goes wrong with it.

    Of a provider whose images have no links, it is the image itself, as a `data:` URI.

    Raises:
        SimulatorFailed: with what it said.
    """

    def finished() -> tuple[Notification, Mapping[str, str]] | None:
        body = api.task(task_id, task_url)
        told = provider.read_whole(body) if body is not None else None
        return told if told and told[0].status != "unfinished" else None

    try:
        wanted = {**provider.samples.request, "simulate": switches}
        raw = {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in wanted.items()}
        address, request = provider.wire.submission(raw, None)
        answer = api.submit(request, {}, address)
        task_id = provider.read_task_id(answer.body) or ""
        task_url = provider.read_task_url(answer.body) if provider.read_task_url else None
        if not task_id:
            raise SimulatorFailed(f"the simulator made no image: {api.told(answer)}")
        ended = until(finished, DRAWN_S)
    except (ApiTrouble, Unreadable) as error:
        raise SimulatorFailed(f"the simulator made no image: {error}") from error
    if ended is None:
        raise SimulatorFailed(f"the simulator made no image within {DRAWN_S:g} s")
    told, images = ended
    if not told.sources:
        raise SimulatorFailed(f"the simulator made no image: the task is {told.status}")
    return images.get(told.sources[0], told.sources[0])
