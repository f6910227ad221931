"""Orders and tasks to test with."""

from __future__ import annotations

from infra.simulator.faults import Switches, parse
from infra.simulator.order import ImageOrder
from infra.simulator.task import Task

CREATED_AT = 1_782_914_404.5
ADDRESS = "http://127.0.0.1:9999"


def order(*, count: int = 1, image_format: str = "png", **switches: object) -> ImageOrder:
    """An order of small images with the given switches."""
    parsed = parse(switches) if switches else Switches()
    return ImageOrder("gpt-image-2", "medium", 64, 48, image_format, count, "http://127.0.0.1:1/cb", parsed)


def task(wanted: ImageOrder | None = None, *, provider: str = "evolink", number: int = 0) -> Task:
    """A task that works for 10 s and whose links live for 100 s."""
    return Task(
        provider=provider,
        id=f"task-unified-1782914404-{number:08d}",
        order=wanted or order(),
        address=ADDRESS,
        media_name=f"{number:032x}",
        signature="signature",
        created_at=CREATED_AT,
        work_s=10.0,
        link_life_s=100.0,
    )


def finished(wanted: ImageOrder | None = None, *, provider: str = "evolink") -> Task:
    """A task that is done."""
    done = task(wanted, provider=provider)
    done.finish(CREATED_AT + 10)
    return done
