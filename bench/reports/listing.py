"""The section of the lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, table, verdict
from bench.results import MEASURED

Figures = Mapping[str, Any]

_MB = 1_000_000


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _ms(value: float) -> str:
    return f"{milliseconds(value)} ms"


def _megabytes(value: float) -> str:
    return f"{value / _MB:,.0f} MB"


# What, by which name, the goal, whether more is better, and how it is said.
_GOALS: tuple[tuple[str, str, float, bool, Callable[[float], str]], ...] = (
    ("`ls` of a day, from the index", "ls_day_s", 1.0, False, _seconds),
    ("`ls` of today, from the index", "ls_today_s", 1.0, False, _seconds),
    ("the slowest filter over the month", "filter_month_ms", 300.0, False, _ms),
    ("the slowest search over the month", "search_month_ms", 300.0, False, _ms),
    ("`ls` of a day without the index", "ls_day_without_index_s", 3.0, False, _seconds),
    ("its memory", "ls_day_without_index_peak_bytes", 300.0 * _MB, False, _megabytes),
    ("its GETs", "gets_a_day", 30.0, False, "{:.0f}".format),
    ("`ls` of today without the index", "ls_today_without_index_s", 3.0, False, _seconds),
    ("its memory", "ls_today_without_index_peak_bytes", 300.0 * _MB, False, _megabytes),
    ("its GETs", "gets_today", 100.0, False, "{:.0f}".format),
    ("bytes of the index a task, without prompts", "index_bytes_a_task", 600.0, False, "{:,.0f}".format),
    (
        "objects of the catalogue a task, at five a second",
        "catalogue_puts_a_task",
        0.2,
        False,
        "{:.2f}".format,
    ),
    ("tasks a second into the index", "index_tasks_per_s", 20_000.0, True, rate),
)


def goals(told: Figures) -> list[str]:
    """What was measured, beside the goals."""
    rows = [
        (what, say(told[name]), say(goal), verdict(bool(told[name] >= goal if more else told[name] <= goal)))
        for what, name, goal, more, say in _GOALS
    ]
    return table(("", "measured", "goal", ""), rows)


def summary(results: Figures) -> list[str]:
    """The part of docs/performance.md, from all results."""
    if "list" not in results:
        return ["They were not measured yet: `make bench BENCH_ARGS=list`."]
    told, measured = results["list"], results[MEASURED]["list"]
    return [
        (
            f"Measured on {measured['on']}: {told['tasks']:,} tasks, {told['tasks_a_day']:,} a day, in "
            f"{measured['took_s'] / 60:.0f} minutes. [The results](../bench/RESULTS.md#the-lists) have each question."
        ),
        "",
        *goals(told),
    ]


def section(told: Figures) -> list[str]:
    """Its lines."""
    return [
        "## The lists",
        "",
        (
            f"{told['tasks']:,} tasks, {told['tasks_a_day']:,} a day: closed days as Parquet, today as hours and a tail of "
            "sixty batches. The command is timed as people start it, its interpreter included, while two workers write."
        ),
        "",
        *goals(told),
        "",
        *table(
            ("a question to the index over the month", "ms"),
            [
                (name, milliseconds(each))
                for name, each in {**told["filters_ms"], **told["searches_ms"]}.items()
            ],
        ),
        "",
        f"With prompts the index has {told['index_prompt_bytes_a_task']:,.0f} bytes a task more.",
    ]
