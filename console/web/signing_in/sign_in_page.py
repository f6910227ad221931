"""The pages that sign in and out."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from console.web.forms import Form
from console.web.frame import Frame
from console.web.routes import posted
from console.web.signing_in.links import OneTimeLinks
from console.web.signing_in.passwords import NotSignedIn, Passwords
from console.web.signing_in.sessions import mark_of
from console.web.signing_in.visitor import visitor_of
from console.web.signing_in.visitors import BY_LINK, Visitors

log = logging.getLogger("console.signing_in")


class SignInPages:
    """GET and POST /sign-in, POST /sign-out, GET /enter/{link}."""

    def __init__(
        self, frame: Frame, visitors: Visitors, passwords: Passwords, links: OneTimeLinks | None
    ) -> None:
        self._frame, self._visitors, self._passwords, self._links = frame, visitors, passwords, links

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/sign-in", self.page, methods=["GET"]),
            Route("/sign-in", posted(self.sign_in, operators=False), methods=["POST"]),
            Route("/sign-out", posted(self.sign_out, operators=False), methods=["POST"]),
            Route("/enter/{link}", self.enter, methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """The form."""
        onward = _own_path(request.query_params.get("next", ""))
        if visitor_of(request) is not None:
            return RedirectResponse(onward, HTTPStatus.SEE_OTHER)
        trouble = (
            "Your session had ended, and nothing was done. Sign in, and do it again."
            if "ended" in request.query_params
            else ""
        )
        return self._form(request, onward, trouble)

    def sign_in(self, request: Request, form: Form) -> Response:
        """Check name and password."""
        name, onward = form.get("name", "").strip(), _own_path(form.get("next", ""))
        client = self._visitors.client(request.scope)
        try:
            person = self._passwords.check(name, form.get("password", ""), client)
        except NotSignedIn as refusal:
            log.warning("not signed in: name=%s client=%s", name[:64], client)
            status = HTTPStatus.TOO_MANY_REQUESTS if refusal.wait_s else HTTPStatus.FORBIDDEN
            answer = self._form(request, onward, str(refusal), status, name)
            if refusal.wait_s:
                answer.headers["Retry-After"] = str(int(refusal.wait_s) + 1)
            return answer
        log.info("signed in: who=%s role=%s client=%s", person.name, person.role, client)
        answer = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
        self._visitors.sign_in(
            answer, self._visitors.sessions.new(person.name, "password", mark_of(person.password_hash))
        )
        return answer

    def sign_out(self, request: Request, _form: Form) -> Response:
        """End the session, also for who has a copy of its cookie."""
        answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        self._visitors.sign_out(request.scope, answer)
        if (visitor := visitor_of(request)) is not None:
            log.info("signed out: who=%s", visitor.name)
        return answer

    def enter(self, request: Request) -> Response:
        """A link that signs in once. A browser that only looks ahead uses none up."""
        if request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", ""):
            return PlainTextResponse("Open this link yourself.\n", HTTPStatus.SERVICE_UNAVAILABLE)
        if self._links is None or not self._links.take(request.path_params["link"]):
            return self._form(
                request, "/", "This link was used already, or is too old.", HTTPStatus.FORBIDDEN
            )
        log.info("signed in by a link: client=%s", self._visitors.client(request.scope))
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        self._visitors.sign_in(answer, self._visitors.sessions.new(BY_LINK, "link"))
        return answer

    def _form(
        self, request: Request, onward: str, trouble: str, status: int = HTTPStatus.OK, name: str = ""
    ) -> Response:
        return self._frame.page(
            request, "sign_in.html", status, onward=onward, trouble=trouble, name=name[:64],
            by_password=self._passwords.any, by_link=self._links is not None,
        )  # fmt: skip


def _own_path(told: str) -> str:
    """Where to go on to: a path of this console, whatever somebody put into a link."""
    plain = told.startswith("/") and told.isprintable() and "\\" not in told
    return told if plain and not told.startswith(("//", "/sign-", "/enter")) else "/"
