"""results.json into plots: `python draw.py RESULTS FOLDER`, with the peers' Python, which has matplotlib.

The same figures give the same bytes. It imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

Figures = Mapping[str, Any]

_OURS, _OTHERS = "#b3541e", ("#4a6fa5", "#8aa1c1", "#6b8f71", "#9a8c98", "#c2a83e", "#2f2f2f", "#7fb7be")
_GRID = "#d8d8d8"
_DOOR = {
    "ours": "ours, durable",
    "noop": "no-op Starlette",
    "delay": "Celery .delay()",
    "webhook": "Debian's webhook",
    "postgres": "PostgreSQL",
    "redis_aof": "synced XADD",
    "put_a_callback": "a PUT each",
}
_HANDS = {
    "ours": "ours",
    "floor": "floor",
    "filespipeline": "Scrapy FilesPipeline",
    "imagespipeline": "Scrapy ImagesPipeline",
    "img2dataset": "img2dataset",
}


def main() -> None:
    """Draw what was measured."""
    mpl.rcParams.update(
        {
            "svg.hashsalt": "fixative",
            "svg.fonttype": "path",
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
        }
    )
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for part, draw in _PLOTS.items():
        if part in results:
            draw(results[part])
            plt.savefig(Path(sys.argv[2]) / f"{part}.svg", metadata={"Date": None})
            plt.close("all")


def _door(door: Figures) -> None:
    """Two panels: callbacks a second, and p99, by connections."""
    figure, (rates, waits) = plt.subplots(1, 2, figsize=(10, 4))
    named = [(name, words) for name, words in _DOOR.items() if name in door["by_connections"]]
    for place, (name, words) in enumerate(named):
        figures = door["by_connections"][name]
        connections = sorted(figures, key=int)
        style = {"color": _OURS if name == "ours" else _OTHERS[place - 1], "marker": "o", "label": words}
        rates.plot(connections, [figures[many]["per_s"] for many in connections], **style)
        waits.plot(connections, [figures[many]["p99_ms"] for many in connections], **style)
    for axes, title in ((rates, "callbacks/s"), (waits, "p99, ms")):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
        axes.yaxis.set_minor_locator(mpl.ticker.NullLocator())
        axes.set_title(title, loc="left")
        axes.set_xlabel("connections")
        axes.grid(axis="y", color=_GRID)
    # Beneath both, where no line is.
    figure.legend(*rates.get_legend_handles_labels(), loc="outside lower center", ncols=4)


def _way(way: Figures) -> None:
    """Bars: median and p99, idle and loaded."""
    _, axes = plt.subplots(figsize=(7, 2.6))
    loaded = way["loaded"]
    rows = [
        ("idle, median", way["p50_ms"]),
        ("idle, p99", way["p99_ms"]),
        (f"{loaded['per_s']:.0f} tasks/s, median", loaded["p50_ms"]),
        (f"{loaded['per_s']:.0f} tasks/s, p99", loaded["p99_ms"]),
    ]
    _bars(axes, [words for words, _ in rows], [value for _, value in rows], [_OURS] * len(rows))
    axes.set_title("from callback to manifest, ms", loc="left")


def _hands(hands: Figures) -> None:
    """A panel for each case: CPU for an image, by who did it."""
    cases = sorted(hands)
    across = 3
    down = -(-len(cases) // across)
    _, panels = plt.subplots(down, across, figsize=(12, 2.2 * down), squeeze=False)
    for place, axes in enumerate(panels.flat):
        if place >= len(cases):
            axes.axis("off")
            continue
        case = hands[cases[place]]
        present = [who for who in _HANDS if {f"{who}_cpu_ms", f"{who}_trouble"} & case.keys()]
        colours = [_OURS if who == "ours" else _OTHERS[0] for who in present]
        _bars(
            axes, [_HANDS[who] for who in present], [case.get(f"{who}_cpu_ms", 0) for who in present], colours
        )
        axes.set_title(f"{cases[place]}: CPU ms an image", loc="left", fontsize=10)


def _growth(growth: Figures) -> None:
    """Bars: CPU for a task, by what is in the bucket."""
    _, axes = plt.subplots(figsize=(7, 2.8))
    rows = [
        *((f"{int(many):,} tasks", each) for many, each in sorted(growth["tasks"].items(), key=_number)),
        ("10,000 wait for later", growth["waiting_later"]),
    ]
    _bars(axes, [words for words, _ in rows], [each["cpu_ms"] for _, each in rows], [_OURS] * len(rows))
    axes.set_title("in the bucket already: CPU ms a task", loc="left")


def _number(item: tuple[str, Any]) -> int:
    return int(item[0])


def _bars(axes: Any, words: list[str], values: list[float], colours: list[str]) -> None:
    """Bars from the top down, each with its value at its end."""
    bars = axes.barh(words, values, color=colours, height=0.65)
    axes.bar_label(bars, labels=[f"{value:,.0f}" if value else "failed" for value in values], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)


_PLOTS: dict[str, Callable[[Figures], None]] = {
    "door": _door,
    "hands": _hands,
    "way": _way,
    "growth": _growth,
}

if __name__ == "__main__":
    main()
