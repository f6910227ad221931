"""The section of the hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, ratio, table

_NAMES = {
    "ours": "ours",
    "floor": "floor: a bare loop",
    "imagespipeline": "Scrapy's ImagesPipeline",
    "filespipeline": "Scrapy's FilesPipeline, which checks nothing",
    "img2dataset": "img2dataset",
}


def section(hands: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    return [
        "## The hands",
        "",
        "CPU for an image, user and system, of all processes of each; start-up is left out.",
        "The floor downloads, checks and puts with the same libraries, and does nothing else.",
        *_rounds(hands),
        "",
        *table(
            ("case", "who", "CPU ms", "to the floor", "images/s", "peak MB"),
            [row for name, case in sorted(hands.items()) for row in _rows(name, case)],
        ),
        "",
        *[line for name, case in sorted(hands.items()) for line in _troubles(name, case)],
        "![CPU for an image](../docs/bench/hands.svg)",
    ]


def _rounds(hands: Mapping[str, Any]) -> Iterator[str]:
    """Which cases were measured how often, and who took part in few."""
    for many in sorted({case["rounds"] for case in hands.values()}, reverse=True):
        names = [f"`{name}`" for name, case in sorted(hands.items()) if case["rounds"] == many]
        yield f"{'One round' if many == 1 else f'Medians of {many} rounds'}: {', '.join(names)}."
    for name, case in sorted(hands.items()):
        if fewer := [f"{_NAMES[who]} {case[f'{who}_rounds']}" for who in _NAMES if f"{who}_rounds" in case]:
            yield f"Fewer rounds in `{name}`: {'; '.join(fewer)}."
    with_it = [
        f"`{name}`" for name, case in sorted(hands.items()) if any(key.startswith("img2") for key in case)
    ]
    if with_it:
        yield f"img2dataset takes part in {', '.join(with_it)} alone."


def _rows(name: str, case: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for who, words in _NAMES.items():
        if f"{who}_cpu_ms" in case:
            yield (
                f"`{name}`",
                words,
                milliseconds(case[f"{who}_cpu_ms"]),
                ratio(case[f"{who}_cpu_ms"], case.get("floor_cpu_ms", 0)),
                rate(case[f"{who}_images_per_s"]),
                rate(case[f"{who}_peak_mb"]),
            )
        elif f"{who}_trouble" in case:
            yield f"`{name}`", words, "failed", "", "", ""


def _troubles(name: str, case: Mapping[str, Any]) -> Iterator[str]:
    for who, words in _NAMES.items():
        if f"{who}_trouble" in case:
            yield from (f"`{name}`, {words}: {case[f'{who}_trouble']}", "")
