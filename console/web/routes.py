"""What routes share: forms read before a page's function runs in a thread, and what only operators may do."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from archive.errors import FixativeError
from console.web.forms import Form, read_form
from console.web.signing_in.visitor import visitor_of

Answering = Callable[[Request, Form], Response]


class NotAllowed(FixativeError):
    """Who asks may look, and not do this."""


def posted(answer: Answering, *, operators: bool = True) -> Callable[[Request], Awaitable[Response]]:
    """A route for a form. Raises NotAllowed for who may only look, where it is for operators."""

    @functools.wraps(answer)
    async def route(request: Request) -> Response:
        visitor = visitor_of(request)
        if operators and (visitor is None or not visitor.may_act):
            raise NotAllowed
        form = await read_form(request)
        return await run_in_threadpool(answer, request, form)

    return route
