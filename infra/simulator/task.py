"""What is known of one task, its links and its callbacks: state and arithmetic, no clock and no wire."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from time import gmtime, strftime
from typing import TYPE_CHECKING

from infra.simulator.images.pictures import Picture

if TYPE_CHECKING:
    from infra.simulator.order import ImageOrder

EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
PENDING_PART = 0.2  # the part of the work time in which a task is pending and not yet processing
MOST_ATTEMPTS_KEPT = 200  # tests ask for a callback again and again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a callback: a status, or the word for why there is none."""

    delivery: int
    started_at: float
    seconds: float
    status: int | None
    error: str | None

    @property
    def accepted(self) -> bool:
        """Tell whether the receiver took it: 2xx and nothing else, redirects neither."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the 2xx


@dataclass(slots=True)
class ResultLink:
    """One image's link: its picture, where it lies, and what was asked of it."""

    index: int
    picture: Picture
    path: str
    requests: int = 0
    served_sha256: set[str] = field(default_factory=set)
    true_sha256: str | None = None
    true_bytes: int | None = None


@dataclass(slots=True)
class Task:
    """One task of one provider; times are unix seconds, `media_name` is 32 hex digits.

    `address` is how the customer reaches the simulator (`http://host:port`), for the links.
    """

    provider: str
    id: str
    order: ImageOrder
    address: str
    media_name: str
    signature: str
    created_at: float
    work_s: float
    link_life_s: float
    finished_at: float | None = None
    healed_at: float | None = None
    fresh_signature: str | None = None
    deliveries: int = 0
    links: list[ResultLink] = field(default_factory=list)
    attempts: deque[Attempt] = field(default_factory=lambda: deque(maxlen=MOST_ATTEMPTS_KEPT))

    def __post_init__(self) -> None:
        """Lay out the links, as EvoLink names them: `images/YYYY/MM/DD/<32 hex>_<index>.<extension>`."""
        order, day = self.order, strftime("%Y/%m/%d", gmtime(self.created_at))
        for index in range(order.count):
            picture = Picture(f"{self.media_name}-{index}", order.width, order.height, order.image_format)
            name = f"{self.media_name}_{index}.{EXTENSIONS[order.image_format]}"
            self.links.append(ResultLink(index, picture, f"/media/images/{day}/{name}"))

    def status_at(self, now: float) -> str:
        """Return pending, processing, or the ending: completed, failed, cancelled."""
        if self.finished_at is not None:
            return self.order.switches.status or "completed"
        return "pending" if now - self.created_at < self.work_s * PENDING_PART else "processing"

    def progress_at(self, now: float) -> int:
        """Return the percentage done; only a completed task is at 100, and a failed one fell back to 0."""
        if self.finished_at is not None:
            return 100 if self.order.switches.status is None else 0
        done = (now - self.created_at) / self.work_s if self.work_s else 0.0
        return max(0, min(99, int(100 * done)))

    def is_completed(self) -> bool:
        """Tell whether there are results."""
        return self.finished_at is not None and self.order.switches.status is None

    def finish(self, now: float) -> None:
        """End the work; the links live from now on."""
        self.finished_at = now

    def heal(self, now: float) -> None:
        """Mend all links from now on; their life begins anew, so that expired ones answer too."""
        self.healed_at = now

    def ask(self, fresh_signature: str) -> None:
        """Note that a customer asked for the task: links that were to be fresh then are signed anew."""
        if self.is_completed() and self.order.switches.fresh:
            self.fresh_signature = fresh_signature

    def urls(self) -> list[str]:
        """Return the result links in order."""
        signature = self.fresh_signature or self.signature
        return [f"{self.address}{link.path}?sig={signature}" for link in self.links]

    def signatures(self) -> tuple[str, ...]:
        """Return what links were ever signed with, the present one last."""
        return (self.signature,) if self.fresh_signature is None else (self.signature, self.fresh_signature)

    def link_is_alive(self, now: float) -> bool:
        """Tell whether the links answer at all: the task is completed and their life is not over."""
        if not self.is_completed() or self.finished_at is None:
            return False
        own_s = self.order.switches.link_life_s
        life_s = self.link_life_s if own_s is None else own_s
        return now < max(self.finished_at, self.healed_at or 0.0) + life_s

    def link_is_spoilt(self, link: ResultLink, signature: str = "") -> bool:
        """Tell whether the request that was just counted for `link` meets the switches."""
        if signature == self.fresh_signature:
            return False
        return self.healed_at is None and self.order.switches.spoil(link.index, link.requests)
