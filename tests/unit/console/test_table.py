"""Tables: one line a row where they fit, more where they do not, and never a cell cut off."""

from __future__ import annotations

import io

from rich.console import Console

from console.cli.table import Column, show_pairs, show_table

COLUMNS = (Column("task", lead=True), Column("bytes", right=True), Column("label"), Column("findings"))
ROWS = [["evolink/one", "5 B", "spring", ""], ["evolink/three", "120 B", "autumn/[red]sale[/]", ""]]


def printed(width: int | None, rows: list[list[str]]) -> str:
    """The table as it is printed."""
    file = io.StringIO()
    out = Console(file=file, width=width or 20, highlight=False, markup=False)
    show_table(out, COLUMNS, rows, width=width)
    return file.getvalue()


def test_a_table_without_a_screen_takes_the_width_that_it_needs() -> None:
    assert printed(None, ROWS).splitlines() == [
        "task           bytes  label",
        "evolink/one      5 B  spring",
        "evolink/three  120 B  autumn/[red]sale[/]",
    ]


def test_what_does_not_fit_stands_below_its_row() -> None:
    assert printed(24, ROWS).splitlines() == [
        "task           bytes",
        "evolink/one      5 B",
        "    label spring",
        "evolink/three  120 B",
        "    label autumn/[red]sale[/]",
    ]


def test_a_leading_cell_is_never_cut() -> None:
    assert "evolink/three\n" in printed(8, ROWS)


def test_a_column_that_is_empty_throughout_is_left_out() -> None:
    assert "findings" not in printed(None, ROWS)


def test_no_rows_print_nothing() -> None:
    assert printed(80, []) == ""


def test_wide_characters_take_two_places() -> None:
    lines = printed(None, [["画像", "1 B", "", ""], ["ab", "1 B", "", ""]]).splitlines()
    assert lines == ["task  bytes", "画像    1 B", "ab      1 B"]


def test_pairs_are_aligned_and_empty_ones_left_out() -> None:
    file = io.StringIO()
    show_pairs(Console(file=file, width=20), [("a", "x" * 40), ("none", ""), ("long", "y")], indent=1)
    assert file.getvalue() == f" a     {'x' * 40}\n long  y\n"
