"""What is done with the tasks that were selected: a ZIP of their images, or a replay."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from archive.errors import NotUnderstood
from archive.store.bucket import Bucket
from console.web.forms import Form
from console.web.pages.replays import ReplayPages
from console.web.routes import NotAllowed, posted
from console.web.signing_in.visitor import visitor_of
from console.web.zip_stream import ZIP_TASKS_MOST, zipped

log = logging.getLogger("console.web")


class Selection:
    """POST /selection."""

    def __init__(self, bucket: Bucket, replays: ReplayPages) -> None:
        self._bucket, self._replays = bucket, replays

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route("/selection", posted(self.answer, operators=False), methods=["POST"])]

    def answer(self, request: Request, form: Form) -> Response:
        """Do what the button says."""
        names, visitor = form.getlist("task"), visitor_of(request)
        assert visitor is not None
        if not names:
            raise NotUnderstood("Nothing is selected: tick the boxes of what is meant.")
        if form.get("do") == "replay":
            if not visitor.may_act:
                raise NotAllowed
            return self._replays.look_at(request, tuple(names))
        if form.get("do") != "zip":
            raise NotUnderstood("This is no button of the gallery.")
        if len(names) > ZIP_TASKS_MOST:
            raise NotUnderstood(
                f"{len(names):,} tasks are selected; a ZIP is made of {ZIP_TASKS_MOST} at most."
            )
        log.info("ZIP: who=%s tasks=%d", visitor.name, len(names))
        named = f"fixative_{self._bucket.now():%Y-%m-%d_%H%M%S}.zip"
        headers = {
            "Content-Disposition": f'attachment; filename="{named}"',
            "Content-Security-Policy": "sandbox",
        }
        return StreamingResponse(zipped(self._bucket, names), headers=headers, media_type="application/zip")
