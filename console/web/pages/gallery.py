"""The gallery: what was kept and what was not, the newest first, by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import groupby
from typing import NamedTuple, get_args

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive.errors import NotUnderstood
from archive.library.answers import Library, Page
from archive.library.query import Query, TaskRow
from archive.library.task_file import find_task
from archive.records.asset import FindingKind
from archive.store.bucket import Bucket
from archive.task_ids import is_task_id
from console.web.frame import Frame
from console.web.pages.gallery_query import FIRST_SPAN, SPANS, GalleryQuery, day_title, read_gallery_query
from console.web.shown import path_of
from console.web.tiles import Tile, tile_of
from providers.expecting.models import FAMILIES
from providers.registry import PROVIDERS

ROWS = 100


class Day(NamedTuple):
    """The tiles of one day."""

    title: str
    id: str
    tiles: list[Tile]


class GalleryPage:
    """GET /."""

    def __init__(self, frame: Frame, library: Library, bucket: Bucket, now: Callable[[], datetime]) -> None:
        self._frame, self._library, self._bucket, self._now = frame, library, bucket, now

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route("/", self.page, methods=["GET"])]

    def page(self, request: Request) -> Response:
        """A page of tiles, those that the address asks for."""
        now = self._now()
        try:
            asked = read_gallery_query(request.query_params, now)
        except NotUnderstood as error:
            trouble = str(error)
            asked = read_gallery_query({}, now)
            return self._show(request, asked, None, trouble)
        if there := self._task_meant(asked):
            return RedirectResponse(there, HTTPStatus.SEE_OTHER)
        return self._show(request, asked, self._library.page(asked.query, asked.after, ROWS), "")

    def _show(self, request: Request, asked: GalleryQuery, page: Page | None, trouble: str) -> Response:
        rows = page.rows if page else ()
        anything = bool(rows) or (page is not None and self._anything())
        return self._frame.page(
            request, "gallery.html", HTTPStatus.BAD_REQUEST if trouble else HTTPStatus.OK,
            asked=asked, said=asked.said if not trouble else dict(request.query_params), trouble=trouble,
            days=list(_days(rows, self._now())), page=page, anything=anything,
            onward=asked.address(after=str(page.next)) if page and page.next else "",
            spans=SPANS, first_span=FIRST_SPAN, provider_options=[(each.name, each.title) for each in PROVIDERS.values()], models=sorted({*FAMILIES, *_models(rows)}),
            finding_options=[(kind, kind.replace("_", " ")) for kind in get_args(FindingKind)],
        )  # fmt: skip

    def _anything(self) -> bool:
        """Whether anything was ever kept or lost: who has nothing yet is told what to do first."""
        return bool(self._library.page(Query(), None, 1).rows)

    def _task_meant(self, asked: GalleryQuery) -> str:
        """The page of the task whose id, or whose image's SHA-256, stands in the search."""
        text = asked.query.text or ""
        if len(text) == 64 and all(digit in "0123456789abcdef" for digit in text):  # noqa: PLR2004 - SHA-256 in hex
            found = self._library.whence(text)
            return path_of(found[0].name) if found else ""
        looks_like_one = "-" in text and any(map(str.isdigit, text)) and is_task_id(text)
        file = find_task(self._bucket, text, PROVIDERS) if looks_like_one else None
        return path_of(file.name) if file else ""


def _days(rows: Iterable[TaskRow], now: datetime) -> Iterable[Day]:
    for day, those in groupby(rows, lambda row: row.moment.astimezone(UTC).date()):
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        yield Day(day_title(moment, now), f"day-{day}", [tile_of(row) for row in those])


def _models(rows: Iterable[TaskRow]) -> set[str]:
    return {row.told.model for row in rows if row.told.model}
