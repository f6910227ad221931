"""Dismissals: what nobody will replay is closed, with a reason that stays with it."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive.errors import NotUnderstood
from archive.records.dismissal import Dismissal
from archive.store.bucket import Bucket
from console.cli.many import WHY_MAX_CHARACTERS
from console.replays.dismissing import Closing
from console.replays.dismissing_many import dismiss_all
from console.web.chosen import Chosen, closing_of, read_chosen
from console.web.forms import Form
from console.web.frame import Frame
from console.web.routes import posted
from console.web.signing_in.visitor import visitor_of
from runtime.logs.step import tell

SHOWN_MOST = 200

log = logging.getLogger("console.replays")


class DismissalPages:
    """POST /dismissals/look and /dismissals."""

    def __init__(self, frame: Frame, bucket: Bucket, *, prompts: bool) -> None:
        self._frame, self._bucket, self._prompts = frame, bucket, prompts

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/dismissals/look", posted(self.look), methods=["POST"]),
            Route("/dismissals", posted(self.dismiss), methods=["POST"]),
        ]

    def look(self, request: Request, form: Form) -> Response:
        """What would be dismissed."""
        chosen = read_chosen(form)
        return self._show(request, closing_of(self._bucket, chosen), chosen, done=False)

    def dismiss(self, request: Request, form: Form) -> Response:
        """Dismiss it."""
        chosen, why, visitor = read_chosen(form), form.get("why", "").strip(), visitor_of(request)
        assert visitor is not None
        if not why or len(why) > WHY_MAX_CHARACTERS:
            raise NotUnderstood(f"Say in 1 to {WHY_MAX_CHARACTERS} characters why nobody will replay it.")
        said = Dismissal(at=self._bucket.now(), who=visitor.name, why=why)
        closing = dismiss_all(self._bucket, closing_of(self._bucket, chosen), said, prompts=self._prompts)
        log.info("dismissed: who=%s items=%d why=%s", visitor.name, len(closing.items), why)
        for item in closing.items:
            tell(log, "dismissed", who=visitor.name, key=item.key, reason=item.reason, why=why)
        return self._show(request, closing, chosen, done=True)

    def _show(self, request: Request, closing: Closing, chosen: Chosen, *, done: bool) -> Response:
        return self._frame.page(
            request, "dismissal.html", closing=closing, rows=closing.items[:SHOWN_MOST], done=done,
            fields=chosen.fields(self._bucket.now()), why_most=WHY_MAX_CHARACTERS,
        )  # fmt: skip
