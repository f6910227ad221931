"""Rows for people. Where they fit, one line a row; on a narrow terminal two, and never a cell cut off.

Any cell may hold a stranger's text: here each is made safe, one line without what a terminal would obey.

when (UTC)           task              status     model        |   when (UTC)           task              status
2026-11-21 07:41:30  evolink/task-...  completed  gpt-image-2  |   2026-11-21 07:41:30  evolink/task-...  completed
                                                               |       model gpt-image-2
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from archive.printable import one_line

GAP = 2
INDENT = 4
STYLES = {
    "completed": "green", "archived": "green", "whole": "green", "OK": "green",
    "failed": "red", "PROBLEM": "red", "failed again": "red",
    "cancelled": "yellow", "still due": "yellow",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column; the leading ones stay on the first line of a row."""

    name: str
    lead: bool = False
    right: bool = False


def show_table(
    out: Console, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, width: int | None
) -> None:
    """Print the rows; columns that are empty throughout are left out. `width` None: as wide as it takes."""
    table = [[one_line(cell) for cell in row] for row in rows]
    if not table:
        return
    filled = [
        place for place, column in enumerate(columns) if column.lead or any(row[place] for row in table)
    ]
    columns = [columns[place] for place in filled]
    table = [[row[place] for place in filled] for row in table]
    widths = [
        max(cell_len(column.name), *(cell_len(row[place]) for row in table))
        for place, column in enumerate(columns)
    ]
    places = _first_line(columns, widths, width)
    _line(out, columns, [Text(column.name, style="bold") for column in columns], places, widths)
    for row in table:
        cells = [Text(cell, style=STYLES.get(cell, "")) for cell in row]
        _line(out, columns, cells, places, widths)
        rest = [place for place in range(len(columns)) if place not in places and row[place]]
        if rest:
            _details(out, [(columns[place].name, row[place]) for place in rest], width or out.width)


def show_pairs(out: Console, pairs: Iterable[tuple[str, str]], *, indent: int = INDENT) -> None:
    """Print names with their values beneath one another; empty values are left out, none is wrapped."""
    told = [(one_line(name), one_line(value)) for name, value in pairs if value]
    longest = max((cell_len(name) for name, _ in told), default=0)
    for name, value in told:
        line = Text(" " * indent)
        line.append(name + " " * (longest - cell_len(name) + GAP), style="dim")
        line.append(value, style=STYLES.get(value, ""))
        print_whole(out, line)


def print_whole(out: Console, text: Text | str) -> None:
    """Print a line that is never wrapped or cut. What it holds is safe already; its own line breaks are kept."""
    out.print(text, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _first_line(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    """The leading columns, and of those behind them as many as fit."""
    places = [place for place, column in enumerate(columns) if column.lead]
    for place, column in enumerate(columns):
        if column.lead:
            continue
        if width is not None and sum(widths[taken] + GAP for taken in places) + widths[place] > width:
            break
        places.append(place)
    return sorted(places)


def _line(
    out: Console,
    columns: Sequence[Column],
    cells: Sequence[Text],
    places: Sequence[int],
    widths: Sequence[int],
) -> None:
    line = Text()
    for place in places:
        room = " " * (widths[place] - cell_len(cells[place].plain))
        line.append(room if columns[place].right else "")
        line.append_text(cells[place])
        line.append(" " * GAP if columns[place].right else room + " " * GAP)
    line.rstrip()
    print_whole(out, line)


def _details(out: Console, pairs: Sequence[tuple[str, str]], width: int) -> None:
    """Names with their values, as many on a line as fit; none is broken."""
    line = Text()
    for name, value in pairs:
        piece = Text.assemble((name, "dim"), " ", (value, STYLES.get(value, "")))
        if line and INDENT + line.cell_len + GAP + piece.cell_len > width:
            print_whole(out, Text(" " * INDENT) + line)
            line = Text()
        line = line + Text(" " * GAP) + piece if line else piece
    print_whole(out, Text(" " * INDENT) + line)
