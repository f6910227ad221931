"""Failures: links that die soon, what was given up and why, what waits, and what differs from its order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive.errors import NotUnderstood
from archive.library.answers import Library
from archive.library.dead_letters import Dead
from archive.library.due_reading import Waiting, WaitingFilter, WaitingReading, read_waiting
from archive.library.query import Query
from archive.library.span import Span
from archive.reasons import Reason
from archive.records.work import INSTEAD_ORIGIN
from archive.store.bucket import Bucket
from console.web.failed_groups import GROUP_ROWS, groups_of
from console.web.frame import Frame
from console.web.pages.gallery_query import WORD_MAX_CHARACTERS
from console.web.standing import StandingLetters
from providers.registry import PROVIDERS

# A try takes minutes at the most; a link that lives longer is tried often enough by itself.
SOON = timedelta(hours=6)
WAITING_ROWS = 100
# A longer backlog is a number here; `fixative waiting` reads all of it.
WAITING_READ = 1_000
CATALOGUE_DAYS = 7
# A list that people choose from; another host is said in the address.
HOSTS_MOST = 200
# https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
HOST_MAX_CHARACTERS = 255


class FailureFilter(NamedTuple):
    """Which are wanted; a label may hold `*`."""

    reason: str = ""
    provider: str = ""
    label: str = ""
    host: str = ""
    dismissed: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return any((self.reason, self.provider, self.label, self.host))

    def wants(self, dead: Dead) -> bool:
        """Whether a letter passes: by its own reason, as the groups are made."""
        return (
            self.reason in {"", dead.letter.reason.value}
            and self.provider in {"", dead.letter.provider}
            and (not self.label or fnmatchcase(dead.letter.label or "", self.label))
            and (not self.host or self.host in dead.hosts)
            and self.dismissed == (dead.dismissed is not None)
        )

    def address(self, **changes: str) -> str:
        """The page's address with these words in place of its own."""
        said = {
            "reason": self.reason,
            "provider": self.provider,
            "label": self.label,
            "host": self.host,
            "dismissed": "yes" if self.dismissed else "",
            **changes,
        }
        told = {name: value for name, value in said.items() if value}
        return "/failures?" + urlencode(told) if told else "/failures"


class FailuresPage:
    """GET /failures."""

    def __init__(self, frame: Frame, library: Library, bucket: Bucket, standing: StandingLetters) -> None:
        self._frame, self._library, self._bucket, self._standing = frame, library, bucket, standing

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route("/failures", self.page, methods=["GET"])]

    def page(self, request: Request) -> Response:
        """What failed, by what the address asks for."""
        wanted = read_failure_filter(request.query_params)
        standing = self._standing.read()
        reading = read_waiting(self._bucket, WaitingFilter(), WAITING_READ)
        asked_for = {each.name for each in reading.waiting if each.work.origin == INSTEAD_ORIGIN}
        open_letters = [dead for dead in standing.dead if dead.of_task or dead.task_name not in asked_for]
        shown = [dead for dead in open_letters if wanted.wants(dead)]
        span = Span(standing.as_of - timedelta(days=CATALOGUE_DAYS), None)
        soon, later = _by_urgency(reading, standing.as_of + SOON)
        return self._frame.page(
            request, "failures.html", wanted=wanted, standing=standing, number=len(shown),
            groups=groups_of(shown, GROUP_ROWS if not wanted.reason else 1_000),
            dismissed=sum(dead.dismissed is not None for dead in standing.dead),
            soon=soon, later=later[:WAITING_ROWS], waiting=len(reading.waiting), more_waiting=reading.more,
            unread=reading.unread, providers=[(each.name, each.title) for each in PROVIDERS.values()],
            reasons=sorted({dead.letter.reason.value for dead in open_letters}),
            hosts=sorted({host for dead in open_letters for host in dead.hosts} | {wanted.host} - {""})[:HOSTS_MOST],
            days=CATALOGUE_DAYS,
            incomplete=self._library.page(Query(span=span, status="incomplete"), None, 1).counted,
            differing=self._library.page(Query(span=span, finding="any"), None, 1).counted,
            failed=self._library.page(Query(span=span, status="failed"), None, 1).counted,
        )  # fmt: skip


def read_failure_filter(told: Mapping[str, str]) -> FailureFilter:
    """What an address, or a form, asks for. Raises NotUnderstood."""
    reason, provider, label, host = (
        told.get(name, "").strip() for name in ("reason", "provider", "label", "host")
    )
    if reason and reason not in list(Reason):
        raise NotUnderstood(f"{reason[:64]!r} is no reason")
    if provider and provider not in PROVIDERS:
        raise NotUnderstood(f"{provider[:64]!r} is no provider. Known: {', '.join(PROVIDERS)}")
    if len(label) > WORD_MAX_CHARACTERS:
        raise NotUnderstood("the label is too long")
    if len(host) > HOST_MAX_CHARACTERS:
        raise NotUnderstood("the host is too long")
    return FailureFilter(reason, provider, label, host.lower(), told.get("dismissed") == "yes")


def _by_urgency(reading: WaitingReading, soon: datetime) -> tuple[list[Waiting], list[Waiting]]:
    """What met trouble and whose links die soon, and the rest, both in order of their links' death."""
    urgent = [
        each
        for each in reading.waiting
        if each.work.kind == "archive" and each.reason and each.work.expires_at <= soon
    ]
    return urgent, [each for each in reading.waiting if each not in urgent]
