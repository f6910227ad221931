"""The section of the thumbnails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import counted, rate, ratio, table, verdict
from bench.results import MEASURED

_GOAL_S = 15
_TITLES = {
    "png_1024": "PNG, 1024 x 1024",
    "jpeg_1024": "JPEG, 1024 x 1024",
    "png_2880": "PNG, 2880 x 2880",
}


def section(thumbs: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    pages, archived = thumbs["pages"], thumbs["archived"]
    slowest = max(page["last_s"] for page in pages.values())
    return [
        "## Thumbnails",
        "",
        (
            f"{thumbs['page']} thumbnails of a page of the gallery, wished for at the same time, of one worker process with "
            "nothing else to do: seconds until the first and the last are in the bucket."
        ),
        "",
        *table(
            ("", "first s", "last s"),
            [
                (_TITLES[name], f"{page['first_s']:.2f}", f"{page['last_s']:.1f}")
                for name, page in pages.items()
            ],
        ),
        "",
        f"- All of them within {_GOAL_S} s: {verdict(slowest < _GOAL_S)}",
        "",
        (
            f"Archiving, one PNG of 1024 x 1024 a task: {rate(archived['without_per_s'])} images a second, and "
            f"{rate(archived['beside_per_s'])} while {thumbs['wishes']} wishes wait "
            f"({ratio(archived['beside_per_s'], archived['without_per_s'])})."
        ),
    ]


def summary(results: Mapping[str, Any]) -> list[str]:
    """The part of docs/performance.md, from all results."""
    if "thumbs" not in results:
        return ["They were not measured yet: `make bench BENCH_ARGS=thumbs`."]
    thumbs, measured = results["thumbs"], results[MEASURED]["thumbs"]
    last = " and ".join(
        f"{thumbs['pages'][name]['last_s']:.1f} s ({_TITLES[name]})" for name in ("png_1024", "png_2880")
    )
    archived = thumbs["archived"]
    return [
        (
            f"{thumbs['page']} at the same time took {last}, and archiving did {rate(archived['beside_per_s'])} images a second beside "
            f"{thumbs['wishes']} wishes and {rate(archived['without_per_s'])} without ({measured['on']}, {counted(measured['rounds'])}): "
            "`make bench BENCH_ARGS='thumbs'`."
        )
    ]
