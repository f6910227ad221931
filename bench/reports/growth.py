"""The section of the growth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, ratio, table, verdict

_FLAT = 0.1
_MANY = "200000"

Figures = Mapping[str, Any]


def section(growth: Figures) -> list[str]:
    """Its lines."""
    tasks, later = growth["tasks"], growth["waiting_later"]
    empty = tasks["0"]
    flat = {
        **{f"{int(many):,} tasks": tasks[many] for many in sorted(tasks, key=int) if many != "0"},
        "10,000 entries that wait for later": later,
    }
    return [
        "## The growth",
        "",
        "A PNG of 1024 x 1024 a task, by the same house as the way's, with so much in the bucket already.",
        "The tasks that are there have manifests, catalogue lines and images of one pixel, over twenty days.",
        (
            "All stand at the same time and are measured in turn, each round from another one on. CPU is the worker's with its decoders, until nothing is left to do; S3 requests are the worker's, "
            "one task at a time."
        ),
        *([] if _MANY in tasks else ["200,000 tasks are measured only where `--full` has written them."]),
        "",
        *table(
            (
                "in the bucket",
                "CPU ms a task",
                "to the empty one",
                "tasks/s",
                "S3 requests a task",
                "idle p50 ms",
            ),
            [_row(words, each, empty) for words, each in ({"nothing": empty} | flat).items()],
        ),
        "",
        *[
            f"- Flat within {_FLAT:.0%}, {words}: {_change(each, empty)}, {verdict(_is_flat(each, empty))}"
            for words, each in flat.items()
        ],
        "",
        "![CPU by what is in the bucket](../docs/bench/growth.svg)",
        "",
        "One process against two, in turn, on the same two cores, which S3 and the load share with them:",
        "",
        *_two(growth["workers"], growth["receivers"]),
    ]


def _row(words: str, each: Figures, empty: Figures) -> tuple[str, ...]:
    return (
        words,
        milliseconds(each["cpu_ms"]),
        ratio(each["cpu_ms"], empty["cpu_ms"]),
        rate(each["images_per_s"]),
        f"{each['s3_requests']:.1f}",
        milliseconds(each["idle_p50_ms"]),
    )


def _two(workers: Figures, receivers: Figures) -> list[str]:
    rows = [
        ("workers: tasks/s", rate, workers, "images_per_s"),
        ("workers: CPU ms a task", milliseconds, workers, "cpu_ms"),
        ("receivers: callbacks/s at 64 connections", rate, receivers, "per_s"),
        ("receivers: p99 ms", milliseconds, receivers, "p99_ms"),
    ]
    return table(
        ("", "one", "two", "two to one"),
        [
            (words, say(of["1"][name]), say(of["2"][name]), ratio(of["2"][name], of["1"][name]))
            for words, say, of, name in rows
        ],
    )


def _change(each: Figures, empty: Figures) -> str:
    return f"{each['cpu_ms'] / empty['cpu_ms'] - 1:+.0%}"


def _is_flat(each: Figures, empty: Figures) -> bool:
    # To cost less is no fault.
    return bool(each["cpu_ms"] <= empty["cpu_ms"] * (1 + _FLAT))
