"""Callback URLs: minted with an order signed in, with the request to paste, and tried with a true callback."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive.errors import NotUnderstood
from archive.records.order import Claims
from archive.store.bucket import Bucket
from archive.task_ids import filed_id, is_task_id, told_or_as_it_is
from console.submitting import callback_url, order_check
from console.submitting.callback_body import body_of, new_task_id
from console.submitting.claims_said import ClaimsRefused, claims_said
from console.submitting.minting import Minting
from console.submitting.road import see
from console.web.forms import Form
from console.web.frame import Frame
from console.web.routes import posted
from console.web.shown import path_of
from console.web.signing_in.visitor import visitor_of
from egress import own_call
from providers.expecting.models import FAMILIES, Family, family_of
from providers.expecting.sizes import RESOLUTIONS, TABLE
from providers.provider import Provider
from providers.registry import FIRST, PROVIDERS

LABEL_OF_TRIALS = "trials"
ACCEPTED = 202
LIVES = {"": "for ever", "48h": "two days", "7d": "a week", "30d": "thirty days", "365d": "a year"}
log = logging.getLogger("console.urls")


class Choices(NamedTuple):
    """What a model can make, as a form offers it."""

    sizes: Sequence[str]
    resolutions: Sequence[str]
    qualities: Sequence[str]
    formats: Sequence[str]
    images_most: int


class UrlPages:
    """GET and POST /urls, POST /urls/trials, GET /urls/trials/{provider}/{task_id}."""

    def __init__(self, frame: Frame, bucket: Bucket, minting: Minting | None) -> None:
        self._frame, self._bucket, self._minting = frame, bucket, minting

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/urls", self.page, methods=["GET"]),
            Route("/urls", posted(self.mint), methods=["POST"]),
            Route("/urls/trials", posted(self.send), methods=["POST"]),
            Route("/urls/trials/{provider}/{task_id:path}", self.trial, methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """The form."""
        return self._show(request, dict(request.query_params))

    def mint(self, request: Request, form: Form) -> Response:
        """Mint one."""
        said, visitor = dict(form), visitor_of(request)
        try:
            url, claims = self._minted(said)
        except ClaimsRefused as refusal:
            problems = [problem.removeprefix("--") for problem in refusal.problems]
            return self._show(request, said, problems=problems, status=HTTPStatus.BAD_REQUEST)
        log.info(
            "callback URL minted: who=%s provider=%s label=%s",
            visitor and visitor.name,
            said["provider"],
            claims.label,
        )
        order = claims.order()
        return self._show(
            request, said, url=url, pasted=_pasted(PROVIDERS[said["provider"]], claims, url),
            remarks=list(order_check.remarks(order)) if order else [],
        )  # fmt: skip

    def send(self, request: Request, form: Form) -> Response:
        """Send a callback as a provider would, of a task that failed there: nothing is downloaded, nothing paid."""
        minting, provider, visitor = self._ready(), _provider(form.get("provider", "")), visitor_of(request)
        task_id = new_task_id(provider.name, self._bucket.now())
        url = callback_url.mint_url(
            minting.address.public_url, provider.name, Claims(label=LABEL_OF_TRIALS), minting.keys.keys
        )
        body = body_of(provider.name, task_id, "failed", (), self._bucket.now())
        log.info("test callback: who=%s task=%s/%s", visitor and visitor.name, provider.name, task_id)
        try:
            answer = own_call.ask("POST", url, body=body, headers={"Content-Type": "application/json"})
        except own_call.NoAnswer as error:
            return self._show(request, {"provider": provider.name}, trial=f"Not delivered: {error}")
        if answer.status != ACCEPTED:
            return self._show(
                request,
                {"provider": provider.name},
                trial=f"Not delivered: the receiver answered {answer.status}.",
            )
        told = urlencode({"delivery": _delivery(answer.body), "ms": answer.took_ms})
        return RedirectResponse(
            f"/urls/trials/{provider.name}/{filed_id(task_id)}?{told}", HTTPStatus.SEE_OTHER
        )

    def trial(self, request: Request) -> Response:
        """How far a test callback is."""
        provider = _provider(request.path_params["provider"])
        task_id = told_or_as_it_is(request.path_params["task_id"])
        if not is_task_id(task_id):
            raise NotUnderstood("This is no task.")
        took = request.query_params.get("ms", "")
        sight = see(self._bucket, provider.name, task_id, request.query_params.get("delivery", ""))
        return self._frame.page(
            request, "trial.html", sight=sight, provider=provider, task_id=task_id, took_ms=took if took.isdigit() else "",
            task=path_of(f"{provider.name}/{task_id}"),
        )  # fmt: skip

    def _show(
        self, request: Request, said: dict[str, str], status: int = HTTPStatus.OK, **told: Any
    ) -> Response:
        provider = PROVIDERS.get(said.get("provider", ""), FIRST)
        family = family_of(said.get("model") or None)
        minting = self._minting
        context: dict[str, Any] = {"url": "", "pasted": {}, "remarks": [], "problems": [], "trial": ""}
        return self._frame.page(
            request, "urls.html", status, said=said, provider=provider, providers=PROVIDERS.values(), models=list(FAMILIES),
            choices=choices_of(provider, family), lives=LIVES, known=family is not None, ready=minting is not None,
            key_ids=list(minting.keys.keys) if minting else [], public_url=minting.address.public_url if minting else "",
            local=minting is not None and callback_url.is_local_stack(minting.address.public_url, minting.listening),
            **{**context, **told},
        )  # fmt: skip

    def _minted(self, said: dict[str, str]) -> tuple[str, Claims]:
        minting, provider = self._ready(), _provider(said.get("provider", ""))
        words = {
            name: said.get(name, "").strip() or None
            for name in ("model", "size", "resolution", "quality", "label")
        }
        count = said.get("n", "").strip()
        if count and not (count.isdigit() and 1 <= int(count) <= 100):  # noqa: PLR2004 - as a ticket holds it
            raise ClaimsRefused([f"n {count[:20]!r}: a number from 1 to {provider.images_most}"])
        claims = claims_said(
            provider.name,
            int(count) if count else None,
            said.get("format") or None,
            said.get("ttl") or None,
            words,
        )
        url = callback_url.mint_url(minting.address.public_url, provider.name, claims, minting.keys.keys)
        why = callback_url.refusal(url)
        if why and not callback_url.is_local_stack(minting.address.public_url, minting.listening):
            raise ClaimsRefused([f"PUBLIC_URL would be refused by the provider: {why}"])
        return url, claims

    def _ready(self) -> Minting:
        if self._minting is None:
            raise NotUnderstood(
                "PUBLIC_URL is not set for the console: set it to the receiver's public address, and restart."
            )
        return self._minting


def choices_of(provider: Provider, family: Family | None) -> Choices:
    """What may be ordered of a model; of an unknown one, everything that any takes."""
    families = [family] if family else list(FAMILIES.values())
    ratios = dict.fromkeys(
        str(ratio) for each in families for ratio in (each.fixed or (ratio for ratio, _ in TABLE))
    )
    pixels = dict.fromkeys(str(size) for each in families for size in (each.fixed or {}).values())
    return Choices(
        ["auto", *pixels, *ratios],
        () if all(each.fixed for each in families) else RESOLUTIONS,
        list(dict.fromkeys(word for each in families for word in each.qualities)),
        sorted({each for one in families for each in one.formats}),
        provider.images_most,
    )


def _pasted(provider: Provider, claims: Claims, url: str) -> dict[str, str]:
    """The request that goes with it, to be pasted; of the claims what stands in requests of this provider as we call it.

    A gateway may declare no address for requests: then there is none.
    """
    if not provider.wire.submit:
        return {}
    order: dict[str, Any] = dict(provider.samples.request)
    said = {
        "prompt": "A still life",
        "model": claims.model,
        "aspect_ratio" if "aspect_ratio" in order else "size": claims.size,
        "resolution": claims.resolution,
        "quality": claims.quality,
        "output_format": claims.output_format,
        "n": claims.n,
    }
    for name, value in said.items():
        if value and _is_read(provider, order, name, value):
            order[name] = value
    raw = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in order.items()}
    path, body = provider.wire.submission(raw, url)
    address, order = provider.wire.url(path), msgspec.json.decode(body)
    headers = {**provider.wire.key_headers("$API_KEY"), "Content-Type": "application/json"}
    shown = " ".join(f'-H "{name}: {value}"' for name, value in headers.items())
    python_headers = {**provider.wire.key_headers("YOUR KEY")}
    return {
        "curl": f"curl {shlex.quote(address)} {shown} \\\n  -d {shlex.quote(json.dumps(order))}",
        "Python": "import requests\n\n"
        f"answer = requests.post(\n    {address!r},\n    headers={python_headers!r},\n    json={order!r},\n)\nprint(answer.json())",
    }


def _is_read(provider: Provider, order: Mapping[str, Any], name: str, value: object) -> bool:
    """Whether a word of a request means something to its provider."""
    with_it, without = {**order, name: value}, {**order, name: None}
    return provider.read_order(msgspec.json.encode(with_it)) != provider.read_order(
        msgspec.json.encode(without)
    )


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        raise NotUnderstood(f"{name[:32]!r} is no provider. Known: {', '.join(PROVIDERS)}")
    return PROVIDERS[name]


def _delivery(body: bytes) -> str:
    """The id that the receiver gave the delivery, if it says so."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, str]).get("accepted", ""))
    except (msgspec.MsgspecError, ValueError):
        return ""
