"""Settings as this process sees them, secrets hidden."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.checks.all_checks import all_checks
from console.web.frame import Frame
from runtime.environment import said
from runtime.settings.every import EverySetting
from runtime.settings.group import description, is_secret, variable
from runtime.settings.settings import fields_of


class ShownSetting(NamedTuple):
    """One setting: its value as text, where it is no secret."""

    name: str
    value: str
    told: bool
    secret: bool
    sentence: str


class SettingsPage:
    """GET /settings and /settings/checks."""

    def __init__(self, frame: Frame, environment: Mapping[str, str]) -> None:
        self._frame, self._environment = frame, environment
        self._one = threading.Lock()
        self._settings = tuple(shown_settings(environment))

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [
            Route("/settings", self.page, methods=["GET"]),
            Route("/settings/checks", self.checks, methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """The settings, those that were said first."""
        return self._frame.page(request, "settings.html", settings=self._settings)

    def checks(self, request: Request) -> Response:
        """What `fixative doctor` finds, one run at a time: it takes seconds, and tries S3 and Redis out."""
        with self._one:
            checks = list(all_checks(self._environment))
        return self._frame.page(
            request, "checks.html", checks=checks, wrong=sum(not check.ok for check in checks)
        )


def shown_settings(environment: Mapping[str, str]) -> Iterator[ShownSetting]:
    """Every setting of every process, as this one's environment says it."""
    for field in fields_of(EverySetting):
        name = variable(field)
        value, secret = said(environment, name), is_secret(field)
        default = "" if field.required else field.default
        shown = value or _plain(default)
        if secret:
            shown = "(hidden)" if value else ""
        yield ShownSetting(name, shown, bool(value), secret, description(field))


def _plain(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default)
