"""Small pictures for the pages, by what is in the image; one that is not there yet is wished for.

200    the WebP, which never changes under its name
404    not there yet: a worker makes it when nothing else is to be done, and the page's script asks again
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from archive import layout
from archive.errors import NotUnderstood, QueueUnavailable
from archive.library.task_day import day_of
from archive.library.thumbnails import Thumbnails
from archive.store.bucket import Bucket
from archive.task_ids import is_task_id, told_or_as_it_is
from runtime.seldom import Seldom

log = logging.getLogger(__name__)
_seldom = Seldom(log)

# A worker that has nothing else to do looks every second.
AGAIN_AFTER_S = 1
_LASTING = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class ThumbPage:
    """GET /thumbs/{sha256}/{provider}/{task_id}/{name}."""

    def __init__(self, bucket: Bucket, thumbnails: Thumbnails) -> None:
        self._bucket, self._thumbnails = bucket, thumbnails

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route("/thumbs/{sha256}/{provider}/{task_id:path}/{name}", self.page, methods=["GET"])]

    def page(self, request: Request) -> Response:
        """The thumbnail, or a wish for it."""
        sha256 = request.path_params["sha256"]
        if not layout.is_sha256(sha256):
            raise NotUnderstood("this is no SHA-256")
        webp = self._thumbnails.find(sha256)
        if webp is not None:
            return Response(webp, headers=_LASTING, media_type="image/webp")
        self._wish(request, sha256)
        return PlainTextResponse(
            "There is no thumbnail yet.\n", HTTPStatus.NOT_FOUND, {"Retry-After": str(AGAIN_AFTER_S)}
        )

    def _wish(self, request: Request, sha256: str) -> None:
        """Wish for the thumbnail of an image of a task. Where Redis is away, the page asks again, and so wishes again."""
        provider, task_id = request.path_params["provider"], told_or_as_it_is(request.path_params["task_id"])
        if not layout.PROVIDER.fullmatch(provider) or not is_task_id(task_id):
            raise NotUnderstood("this is no task")
        day = day_of(self._bucket, provider, task_id)
        if day is None:
            return
        key = layout.task_folder(day, provider, task_id) + request.path_params["name"]
        if not layout.is_asset_key(key):
            raise NotUnderstood("this is no image of a task")
        try:
            self._thumbnails.wish(key, sha256)
        except QueueUnavailable as error:
            _seldom.tell(logging.WARNING, "redis", "thumbnails are not wished for: %s", error.detail)
