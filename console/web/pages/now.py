"""Now: what comes in, what waits, who lives, each with what is normal; and what the last days came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import layout
from archive.errors import BucketUnavailable, QueueUnavailable
from archive.library.answers import Library, Total
from archive.library.due_reading import WaitingFilter, read_waiting
from archive.library.query import Query
from archive.library.span import Span
from archive.store.bucket import Bucket
from console.cli.words import counted
from console.web.charts import Chart, chart
from console.web.frame import Frame
from console.web.shown import largest
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import SeenHeartbeat
from runtime.heartbeats import Heartbeats

MINUTES, DAYS = 60, 14
ROWS_MOST = 1_000
WAITING_READ = 1_000
SPEND_ROWS = 20
# A batch is settled in seconds; what is due is taken in seconds, or after the lease of a worker that died.
INBOX_NORMAL, DUE_NORMAL, DEADLINE_NORMAL = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=6)
# What two days come to changes with each task, and what a fortnight came to hardly: it is read this often.
DAYS_EVERY_S = 60.0


class Figure(NamedTuple):
    """One figure, and what is normal beside it."""

    name: str
    value: str
    normal: str
    well: bool = True


class Spend(NamedTuple):
    """What a model's tasks with one label came to, in the provider's own unit."""

    provider: str
    model: str
    label: str
    tasks: int
    cost: float


class NowPage:
    """GET /now."""

    def __init__(
        self,
        frame: Frame,
        library: Library,
        bucket: Bucket,
        open_heartbeats: Callable[[], Heartbeats],
        ours: Fingerprint,
    ) -> None:
        self._frame, self._library, self._bucket = frame, library, bucket
        self._open_heartbeats, self._ours = open_heartbeats, ours
        self._days: tuple[float, tuple[Total, ...]] = (0.0, ())

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [Route("/now", self.page, methods=["GET"])]

    def page(self, request: Request) -> Response:
        """All of it; what is away is said, and the rest shown."""
        now = self._bucket.now()
        living, redis = self._living()
        began = time.monotonic()
        hour: Chart | None = None
        days: Chart | None = None
        spend: list[Spend] = []
        try:
            figures, hour = self._of_bucket(now)
            totals = self._totals(now)
            days, spend = _by_day(totals, now), spend_of(totals)
            s3 = Figure(
                "S3",
                f"{(time.monotonic() - began) * 1000:,.0f} ms",
                "answers; this page took so long to read",
            )
        except BucketUnavailable as error:
            figures, s3 = [], Figure("S3", "away", str(error) or "it did not answer", well=False)
        workers = [seen for seen in living if seen.heartbeat.role == "worker"]
        figures += [
            Figure("workers", str(len(workers)), "one or more", well=bool(workers) or not redis.well),
            Figure(
                "receivers", str(sum(seen.heartbeat.role == "receiver" for seen in living)), "one or more"
            ),
            redis,
            s3,
        ]
        return self._frame.page(
            request, "now.html", figures=figures, living=living, hour=hour, days=days, spend=spend, as_of=now
        )

    def _living(self) -> tuple[list[SeenHeartbeat], Figure]:
        heartbeats = self._open_heartbeats()
        try:
            living = [
                seen
                for seen in heartbeats.living()
                if seen.heartbeat.fingerprint.deployment == self._ours.deployment
            ]
        except QueueUnavailable as error:
            mend = "nothing is lost: the sweep goes on without it"
            return [], Figure("Redis", "away", f"{error.detail}; {mend}", well=False)
        finally:
            heartbeats.close()
        return living, Figure("Redis", "answers", "answers")

    def _of_bucket(self, now: datetime) -> tuple[list[Figure], Chart]:
        firsts = [
            *self._bucket.list(layout.INBOX, most=1),
            *self._bucket.list(layout.INBOX, after=layout.INBOX_OTHERS, most=1),
        ]
        reading = read_waiting(self._bucket, WaitingFilter(), WAITING_READ)
        rows = self._library.page(
            Query(span=Span(now - timedelta(minutes=MINUTES), None)), None, ROWS_MOST
        ).rows
        called = Counter(_minute(row.line.called_at, now) for row in rows if row.line and row.line.called_at)
        kept = Counter(_minute(row.moment, now) for row in rows)
        inbox = max((now - first.modified for first in firsts), default=timedelta())
        late = [now - each.next_at for each in reading.waiting if each.next_at <= now]
        lives = [each.work.expires_at - now for each in reading.waiting if each.work.kind == "archive"]
        urgent = min(lives, default=None)
        more = " or more" if reading.more else ""
        figures = [
            Figure("callbacks, last 5 min", f"{sum(called[minute] for minute in range(5)) / 5:g} a minute", "as many as you order"),
            Figure("ended, last 5 min", f"{sum(kept[minute] for minute in range(5)) / 5:g} a minute", "as many as called back"),
            Figure("inbox", largest(inbox) if firsts else "empty", f"under {largest(INBOX_NORMAL)} old", inbox < INBOX_NORMAL),
            Figure("waits", f"{len(reading.waiting):,}{more}", "falls to 0 when nothing is ordered"),
            Figure("oldest that is due", largest(max(late)) if late else "none", f"under {largest(DUE_NORMAL)}",
                   max(late, default=timedelta()) < DUE_NORMAL),
            Figure("most urgent link", (f"{largest(urgent)} left" if urgent > timedelta() else "dead") if urgent is not None else "none",
                   f"over {largest(DEADLINE_NORMAL)} left", urgent is None or urgent > DEADLINE_NORMAL),
        ]  # fmt: skip
        bars = [(f"-{minute} min", kept[minute], 0) for minute in reversed(range(MINUTES))]
        return figures, chart(bars, f"{counted(kept.total(), 'task')} ended in the last hour, by the minute")

    def _totals(self, now: datetime) -> tuple[Total, ...]:
        """Those of the last days; an older answer of this minute is as good."""
        read_s, totals = self._days
        if time.monotonic() - read_s > DAYS_EVERY_S or not totals:
            first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
            totals = self._library.totals(Span(first, None))
            self._days = time.monotonic(), totals
        return totals


def spend_of(totals: tuple[Total, ...]) -> list[Spend]:
    """What was spent, by provider, model and label, the most first; units of two providers are never added."""
    sums: dict[tuple[str, str, str], Spend] = {}
    for total in totals:
        key = (total.provider, total.model or "", total.label or "")
        there = sums.get(key, Spend(*key, 0, 0.0))
        sums[key] = there._replace(tasks=there.tasks + total.tasks, cost=there.cost + total.cost)
    return sorted(sums.values(), key=lambda spend: -spend.cost)[:SPEND_ROWS]


def _by_day(totals: tuple[Total, ...], now: datetime) -> Chart:
    kept: Counter[object] = Counter()
    lost: Counter[object] = Counter()
    for total in totals:
        kept[total.day] += total.kept
        lost[total.day] += total.lost
    days = [(now - timedelta(days=back)).date() for back in reversed(range(DAYS))]
    bars = [(f"{day:%-d %b}", kept[day], lost[day]) for day in days]
    said = f"{kept.total():,} images kept and {lost.total():,} lost in the last {DAYS} days, by the day"
    return chart(bars, said, words=7)


def _minute(moment: datetime, now: datetime) -> int:
    """How many whole minutes ago."""
    return max(0, int((now - moment).total_seconds() // 60))
