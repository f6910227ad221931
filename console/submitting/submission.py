"""Submit a request to a provider with a callback URL of ours, paid once however often it is sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from archive.errors import ApiTrouble, FixativeError
from archive.reasons import Reason
from archive.records.order import Claims, Order
from archive.records.told_order import without_callback_url
from egress.api_call import ApiAnswer
from egress.task_api import TaskApi
from providers.provider import Provider

Request = dict[str, msgspec.Raw]

# With an idempotency key a request may be sent again where nobody knows whether it arrived.
TRIES = 3
PAUSE_S = 1.0
# More patience than this is for people to have.
PAUSE_MOST_S = 15.0


class Submitted(NamedTuple):
    """A task that was made: its id, and its own address where the provider gives one."""

    task_id: str
    task_url: str | None = None


class NotSubmitted(FixativeError):
    """The provider refused, or nobody knows; the text says which."""


def read_request(body: bytes) -> Request:
    """A request as its customer wrote it, its values untouched. Raises ValueError."""
    try:
        return msgspec.json.decode(body, type=Request)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"no JSON object: {error}") from error


def claims_of(order: Order, label: str | None) -> Claims:
    """What the ticket of a submitted request says: the order in short, and that the order itself is told."""
    return Claims(
        model=order.model,
        size=order.size,
        resolution=order.resolution,
        quality=order.quality,
        output_format=order.output_format,
        n=order.n,
        label=label,
        ordered=True,
    )


def new_idempotency_key() -> str:
    """A key for one submission: 16 to 96 characters of A-Za-z0-9._- , which every provider with such a header takes."""
    return f"fixative-{secrets.token_hex(16)}"


def submit(
    api: TaskApi,
    provider: Provider,
    request: Request,
    *,
    callback_url: str,
    idempotency_key: str,
    secret: str = "",
    first_pause_s: float = PAUSE_S,
) -> Submitted:
    """Submit, again where that is harmless; what the provider made of it. Its callback is signed with `secret`, where it takes one.

    Raises:
        NotSubmitted: with what the provider said, and whether the task may have been made all the same.
    """
    try:
        address, body = provider.wire.submission(without_callback_url(request), callback_url, secret)
    except ValueError as error:
        raise NotSubmitted(str(error)) from error
    header = provider.wire.idempotency_header
    headers: Mapping[str, str] = {header: idempotency_key} if header else {}
    try:
        answer = _answered(lambda: api.submit(body, headers, address), header, idempotency_key, first_pause_s)
    except KeyboardInterrupt as error:
        raise NotSubmitted(f"it was interrupted. {_what_now(header, idempotency_key)}") from error
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - the 2xx
        raise NotSubmitted(api.told(answer))
    task_id = provider.read_task_id(answer.body)
    if task_id is None:
        raise NotSubmitted(f"{provider.title} took it, and its answer names no task: look at your account")
    told_url = provider.read_task_url(answer.body) if provider.read_task_url else None
    return Submitted(task_id, told_url)


def _answered(
    send: Callable[[], ApiAnswer], header: str | None, idempotency_key: str, first_pause_s: float
) -> ApiAnswer:
    """What the provider answers; asked again, after pauses, where a key says that it is the same request."""
    tries = 0
    while True:
        tries += 1
        try:
            return send()
        except ApiTrouble as error:
            pause_s = max(first_pause_s * 2 ** (tries - 1), error.retry_after_s or 0.0)
            if error.reason is Reason.API_KEY_REFUSED:
                raise NotSubmitted(str(error)) from error
            if header is None or tries == TRIES or pause_s > PAUSE_MOST_S:
                raise NotSubmitted(f"{error}. {_what_now(header, idempotency_key)}") from error
        time.sleep(pause_s)


def _what_now(header: str | None, idempotency_key: str) -> str:
    if header is None:
        return "It may have been taken all the same: look at your account before you submit it again."
    return (
        "It may have been taken all the same: say it again with "
        f"--idempotency-key {idempotency_key}, and nothing is paid twice."
    )
