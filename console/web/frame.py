"""Every page's frame: its templates, and how an answer is made of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.web import shown
from console.web.assets import Assets
from console.web.signing_in.visitor import visitor_of

# What is not seen small is sent as it is.
_SMALL_BYTES = 1024
_GZIP_LEVEL = 5

PAGES = (
    ("/", "Gallery"),
    ("/failures", "Failures"),
    ("/now", "Now"),
    ("/urls", "Callback URLs"),
    ("/replays", "Replays"),
    ("/settings", "Settings"),
)


class Frame:
    """Makes pages of templates. Everything that they are given is escaped."""

    def __init__(self, assets: Assets, now: Callable[[], Any], location: str) -> None:
        self._environment = Environment(
            loader=PackageLoader("console.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= shown.FILTERS
        self._environment.globals |= {"static": assets.address, "pages": PAGES, "location": location}
        self._now = now

    def page(self, request: Request, template: str, status: int = HTTPStatus.OK, **told: Any) -> Response:
        """A page."""
        visitor = visitor_of(request)
        text = self._environment.get_template(template).render(
            visitor=visitor,
            may_act=visitor is not None and visitor.may_act,
            path=request.url.path,
            now=self._now(),
            **told,
        )
        return compressed(request, HTMLResponse(text, status))


def compressed(request: Request, response: Response) -> Response:
    """The answer compressed, where that is taken and worth it."""
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", "") and len(response.body) > _SMALL_BYTES:
        response.body = gzip.compress(response.body, _GZIP_LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
