"""What a page says when something is not there or not to be had: what it is, and what to do next."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from archive.errors import (
    BucketUnavailable,
    FixativeError,
    MalformedRecord,
    Missing,
    NewerRecord,
    NotUnderstood,
    QueueUnavailable,
)
from console.web.frame import Frame
from console.web.routes import NotAllowed

log = logging.getLogger("console.web")


class _Trouble(NamedTuple):
    """`what` may hold the error's own words as {0}."""

    status: int
    title: str
    what: str
    mend: str


_LATER = "Nothing is lost. Look again in a moment; `fixative doctor` on the server tells more."
# The narrower first.
_TROUBLES: tuple[tuple[type[Exception], _Trouble], ...] = (
    (NotAllowed, _Trouble(HTTPStatus.FORBIDDEN, "You may look, and not do this",
        "Replaying, dismissing and minting are for operators.",
        "Ask whoever keeps the settings for the role `operator`.")),
    (Missing, _Trouble(HTTPStatus.NOT_FOUND, "It is not here", "{0}",
        "It may have been removed, or its name is not whole.")),
    (NotUnderstood, _Trouble(HTTPStatus.BAD_REQUEST, "That was not understood", "{0}", "Change it, and try again.")),
    (BucketUnavailable, _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer",
        "S3 did not take or give an object in time.", _LATER)),
    (QueueUnavailable, _Trouble(HTTPStatus.SERVICE_UNAVAILABLE, "Redis does not answer",
        "The queue did not answer in time.", _LATER)),
    (NewerRecord, _Trouble(HTTPStatus.CONFLICT, "A newer version wrote this",
        "This version leaves it alone: {0}", "Update the console to that version.")),
    (MalformedRecord, _Trouble(HTTPStatus.INTERNAL_SERVER_ERROR, "An object of ours cannot be read",
        "{0}", "Somebody or something else wrote it. `fixative failed` lists what cannot be read.")),
)  # fmt: skip
_NOT_FOUND = _Trouble(
    HTTPStatus.NOT_FOUND,
    "There is no such page",
    "Nothing stands at this address.",
    "The pages are listed above.",
)
_OURS = _Trouble(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here",
                 "That is a fault of ours, and the console's log tells of it.", "Try again; nothing is lost.")  # fmt: skip


class Troubles:
    """Makes pages of errors."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def handlers(self) -> Mapping[Any, Any]:
        """As starlette wants them."""
        return {FixativeError: self._expected, HTTPException: self._http, Exception: self._unexpected}

    def _expected(self, request: Request, error: Exception) -> Response:
        for kind, trouble in _TROUBLES:
            if isinstance(error, kind):
                if trouble.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    log.warning("page not shown: path=%s %s", request.url.path, error)
                return self._page(request, trouble, str(error))
        return self._unexpected(request, error)

    def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.NOT_FOUND:
            return self._page(request, _NOT_FOUND, "")
        told = _Trouble(
            error.status_code,
            "This cannot be asked so",
            str(error.detail),
            "Go back, and use the page's own buttons.",
        )
        return self._page(request, told, "")

    def _unexpected(self, request: Request, error: Exception) -> Response:
        log.error("page failed: path=%s", request.url.path, exc_info=error)
        return self._page(request, _OURS, "")

    def _page(self, request: Request, trouble: _Trouble, told: str) -> Response:
        reading = request.method in {"GET", "HEAD"}
        again = (
            str(request.url.path) + (f"?{request.url.query}" if request.url.query else "") if reading else "/"
        )
        gone = trouble.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}
        return self._frame.page(
            request, "trouble.html", trouble.status, title=trouble.title, what=trouble.what.replace("{0}", told),
            mend=trouble.mend, again="/" if gone else again, again_word="To the gallery" if gone else "Look again",
        )  # fmt: skip
