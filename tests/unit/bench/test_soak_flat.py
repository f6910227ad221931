"""A leak is told from noise, and from what a process makes once at its start."""

from __future__ import annotations

import os
import random
import socket

import pytest

from bench.soak.__main__ import section_of, with_section
from bench.soak.flat import Point, trend_of
from bench.soak.measure import Allowed, Soaked
from bench.soak.watch import held

NOISE = random.Random(1)
SECONDS = range(0, 1_200, 2)


def series(start: float, per_s: float, noise: float, jump: float = 0.0) -> list[Point]:
    return [
        Point(at, start + per_s * at + NOISE.uniform(-noise, noise) + (0.0 if at < 200 else jump))
        for at in SECONDS
    ]


@pytest.mark.parametrize(
    ("points", "flat"),
    [
        (series(200, 0.0, 15), True),
        (series(200, 0.0, 5, jump=80), True),
        (series(200, 0.02, 15), False),
        (series(40, 0.01, 0), True),
        (series(20, 0.02, 3), False),
    ],
    ids=["noise", "a warm-up", "a leak in noise", "a growth that is allowed", "a leak of descriptors"],
)
def test_a_leak_is_told_from_noise(points: list[Point], *, flat: bool) -> None:
    assert flat == trend_of(points).is_flat(10.0, 0.05)


def test_a_few_odd_figures_move_nothing() -> None:
    points = series(200, 0.0, 1)
    for place in (250, 400, 599):
        points[place] = Point(points[place].at_s, 5_000.0)

    assert abs(trend_of(points).growth) < 1


def test_what_grew_is_named_on_the_page() -> None:
    flat, grown = trend_of(series(200, 0.0, 1)), trend_of(series(20, 0.02, 1))
    soaked = Soaked(
        40.0, 20.0, lasted_s=1_200, tasks=24_000, answer_p99_ms=[10.0] * 100,
        trends={"receiver": {"memory_mb": flat, "descriptors": grown, "connections": flat}},
    )  # fmt: skip

    [problem] = soaked.not_flat(Allowed())
    assert problem.startswith("receiver: descriptors grew by ")
    page = with_section("a\n<!-- soak: begin -->\nold\n<!-- soak: end -->\nb\n", section_of(soaked))
    assert problem in page
    assert "old" not in page
    assert page.endswith("<!-- soak: end -->\nb\n")


def test_what_this_process_holds_is_read() -> None:
    before = held(os.getpid())
    with socket.create_server(("127.0.0.1", 0)):
        after = held(os.getpid())

    assert (1, 1) == tuple(after[kind] - before[kind] for kind in ("descriptors", "connections"))
    assert after["memory_mb"] > 5
