"""The links: what one is answered, by its switches, its life and how often it was asked."""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.simulator.answers import STALL_S, HugeResponse, ResetResponse, SlowResponse, UnfinishedResponse
from infra.simulator.images.pictures import CONTENT_TYPES

if TYPE_CHECKING:
    from starlette.requests import Request

    from infra.simulator.connections import Transports
    from infra.simulator.faults import Switches
    from infra.simulator.images.gallery import Gallery
    from infra.simulator.task import ResultLink
    from infra.simulator.task_shelf import TaskShelf

HTML = b"<!doctype html><title>Just a moment...</title><p>What a proxy shows instead of an image.</p>"
DAMAGED_PART = 0.6  # cut well inside the pixels, after every header
HOP = "hop"  # the query field that marks the second request of a redirect


class Media:
    """The `/media` paths; they need no authorization, as with EvoLink, but for the `sig` in the link."""

    def __init__(self, shelf: TaskShelf, gallery: Gallery, connections: Transports) -> None:
        """Take the tasks, their images, and the way to break off."""
        self._shelf = shelf
        self._gallery = gallery
        self._connections = connections

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("/media/{path:path}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """GET /media/...: the image, or whatever the switches make of it."""
        place = self._shelf.find_link(request.url.path)
        if place is None:
            return PlainTextResponse("Not Found", 404)
        task, link = place
        signature = request.query_params.get("sig", "")
        known = [hmac.compare_digest(signature.encode(), each.encode()) for each in task.signatures()]
        if not any(known):
            return PlainTextResponse("Forbidden", 403)
        link.requests += 1
        if not task.link_is_alive(time.time()):
            return PlainTextResponse("Not Found", 404)
        if not task.link_is_spoilt(link, signature):
            drawn = await self._gallery.show_true(link)
            link.served_sha256.add(drawn.sha256)
            return Response(drawn.body, media_type=CONTENT_TYPES[link.picture.image_format])
        return await self._spoil(request, link, task.order.switches)

    async def _spoil(self, request: Request, link: ResultLink, switches: Switches) -> Response:
        """Answer with a fault that needs no image, else with an image and its faults."""
        fault = switches.link
        if fault is not None and fault.isdigit():
            headers = {"Retry-After": str(switches.retry_after_s)} if fault == "429" else None
            return PlainTextResponse(f"Simulated {fault}", int(fault), headers)
        if fault == "reset":
            return ResetResponse(self._connections)
        if switches.image == "redirect" and HOP not in request.query_params:
            return RedirectResponse(str(request.url.include_query_params(**{HOP: "1"})), 302)
        return await self._spoil_image(link, switches)

    async def _spoil_image(self, link: ResultLink, switches: Switches) -> Response:
        """Answer with the image as the switches make it, in the way that they make it go."""
        body, media_type = await self._content(link, switches.image)
        if switches.image == "huge":
            return HugeResponse(body, media_type)
        if switches.link in {"cut_off", "stall"}:
            silence_s = STALL_S if switches.link == "stall" else 0.0
            return UnfinishedResponse(body, media_type, self._connections, silence_s)
        link.served_sha256.add(sha256(body).hexdigest())
        if switches.link == "slow":
            return SlowResponse(body, media_type, switches.bytes_per_s)
        return Response(body, media_type=media_type)

    async def _content(self, link: ResultLink, fault: str | None) -> tuple[bytes, str]:
        """Return the bytes and their content type; a wrong format is at least told rightly."""
        if fault == "html":
            return HTML, "text/html"
        picture = link.picture
        if fault == "wrong_size":
            picture = picture.of_wrong_size()
        elif fault == "wrong_format":
            picture = picture.of_wrong_format()
        if picture == link.picture:
            body = (await self._gallery.show_true(link)).body
        else:
            body = (await self._gallery.show(picture)).body
        if fault == "damaged":
            body = body[: int(len(body) * DAMAGED_PART)]
        return body, CONTENT_TYPES[picture.image_format]
