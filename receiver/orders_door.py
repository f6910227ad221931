"""POST /orders and GET /tasks/{provider}/{task_id}: for the customer's own programs, with `API_TOKEN`.

Without API_TOKEN neither is there. Both: 401 without the token, 429 from whom too many of those came, never
with the token; 403 over plain HTTP.

POST /orders    {"provider", "task_id", "request": the object as it was submitted, "label"?, "task_url"?}
    202  durable       400  what is wrong with it       413, 408  as for callbacks       503  try again
GET /tasks/...  200 with what is known, 404 where nothing is, 503 while S3 is away, or where
                a newer version wrote what is asked for
"""

from __future__ import annotations

import hmac
import logging
import re

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from ulid import ULID

from archive import layout
from archive.errors import BucketUnavailable, NewerRecord
from archive.library.task_status import UNKNOWN, status_of
from archive.records.ids import TASK_URL_MAX_BYTES
from archive.records.order import LABEL
from archive.records.told_order import ToldOrder, delivery_of
from archive.store.bucket import Bucket
from archive.task_ids import FILED_MOST, is_task_id
from receiver.acceptance import Acceptance
from receiver.bodies import Bodies
from receiver.client_network import network_of
from receiver.guesses import Guesses
from receiver.refusal import NotTaken
from runtime.settings.kinds import Secret

log = logging.getLogger(__name__)

_FIELDS = ("provider", "task_id", "request", "label", "task_url")
_TASK_URL = re.compile(rf"https?://[!-~]{{1,{TASK_URL_MAX_BYTES - 8}}}")
# By which an order says how it was told.
WHO = "POST /orders"


class OrderRefused(Exception):
    """What came is no order; the text says all that is wrong with it."""


class OrdersDoor:
    """The endpoints, with what they need."""

    def __init__(
        self,
        acceptance: Acceptance,
        bucket: Bucket,
        api_token: Secret,
        bodies: Bodies,
    ) -> None:
        self._acceptance, self._bucket, self._api_token, self._bodies = acceptance, bucket, api_token, bodies
        self._guesses = Guesses()

    async def post(self, request: Request) -> Response:
        """Take one order."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            provider, told = read_order(await self._bodies.read(request))
        except NotTaken as error:
            return _json({"error": error.text}, error.status, error.headers)
        except OrderRefused as error:
            return _json({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        now = self._bucket.now()
        delivery = delivery_of(told, provider, delivery_id=str(ULID.from_datetime(now)), now=now)
        return await self._acceptance.answer(delivery)

    async def task(self, request: Request) -> Response:
        """Tell what is known of a task."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        provider, task_id = request.path_params["provider"], request.path_params["task_id"]
        if not layout.PROVIDER.fullmatch(provider) or not is_task_id(task_id):
            return _json({"status": UNKNOWN}, 404)
        try:
            told = await run_in_threadpool(status_of, self._bucket, provider, task_id)
        except (BucketUnavailable, NewerRecord) as error:
            return _json({"error": str(error.reason)}, 503, {"Retry-After": "1"})
        return _json(told, 404 if told["status"] == UNKNOWN else 200)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to whom may not ask, before the body; None for whom may. In constant time."""
        if request.scope["scheme"] != "https":
            return _json({"error": "HTTPS only"}, 403)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = hmac.compare_digest(
            token.strip().encode("utf-8", "surrogatepass"), self._api_token.reveal().encode()
        )
        if scheme.lower() == "bearer" and known:
            return None
        network = network_of(request.client.host if request.client else None)
        wait_s = self._guesses.wait_s(network)
        if wait_s:
            return _json({"error": "too many wrong tokens"}, 429, {"Retry-After": str(wait_s)})
        log.info("no token, or a wrong one: network=%s", network)
        return _json({"error": "Authorization: Bearer <API_TOKEN>"}, 401, {"WWW-Authenticate": "Bearer"})


def read_order(body: bytes) -> tuple[str, ToldOrder]:
    """The provider and the order that a body tells. The request in it is not interpreted.

    Raises:
        OrderRefused: with all that is wrong.
    """
    try:
        told = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise OrderRefused(f"the body is no JSON object: {error}") from error
    provider, task_id, label, task_url = (
        _text(told.get(name)) for name in ("provider", "task_id", "label", "task_url")
    )
    request = _object(told.get("request"))
    problems = [
        f"{name}: no such field; there are {', '.join(_FIELDS)}" for name in told if name not in _FIELDS
    ]
    if provider is None or not layout.PROVIDER.fullmatch(provider):
        problems.append("provider: the provider's name is missing, as it stands in its callback URLs")
    if task_id is None or not is_task_id(task_id):
        problems.append(
            f"task_id: the id that the provider gave the task, without white space; up to {FILED_MOST} letters, digits and . _ : - , any other byte of it counts three times"
        )
    if request is None:
        problems.append("request: the JSON object that was submitted to the provider")
    if "label" in told and (label is None or not LABEL.fullmatch(label)):
        problems.append("label: 1 to 64 letters, digits and . _ / - , a letter or digit first")
    if "task_url" in told and (task_url is None or not _TASK_URL.fullmatch(task_url)):
        problems.append(
            f"task_url: the URL that the provider gave the task, up to {TASK_URL_MAX_BYTES} characters"
        )
    if problems or provider is None or task_id is None or request is None:
        raise OrderRefused("; ".join(problems))
    return provider, ToldOrder(task_id=task_id, request=request, label=label, who=WHO, task_url=task_url)


def _text(raw: msgspec.Raw | None) -> str | None:
    """The string that a field holds, or None."""
    try:
        return msgspec.json.decode(raw, type=str) if raw is not None else None
    except (msgspec.MsgspecError, ValueError):
        return None


def _object(raw: msgspec.Raw | None) -> dict[str, msgspec.Raw] | None:
    """The object that a field holds, its values untouched, or None."""
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if raw is not None else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _json(told: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(told), status, media_type="application/json", headers=headers)
