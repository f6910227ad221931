"""Tasks as bytes, a row at a time: CSV for spreadsheets, or a JSON object a line, of which Parquet is made as well. Pure.

CSV is that of https://www.rfc-editor.org/rfc/rfc4180 in UTF-8, with a header; lists and tables are JSON in their cell.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from archive.library.query import TaskRow
from archive.printable import json_text
from console.exporting.columns import values
from console.exporting.spreadsheet import cell

PARQUET = "parquet"
FORMATS = ("csv", "ndjson", PARQUET)

# Makes a text fit for whoever reads it.
Shown = Callable[[str], str]


def lines_of(
    rows: Iterable[TaskRow], form: str, names: tuple[str, ...], shown: Shown = str
) -> Iterator[bytes]:
    """The tasks in one of the formats, one after another, with a header first where it has one."""
    told = (values(row, names) for row in rows)
    return _csv(told, names, shown) if form == "csv" else map(_json_line, told)


def _csv(rows: Iterable[dict[str, Any]], names: tuple[str, ...], shown: Shown) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for cells in _with_header(rows, names, shown):
        writer.writerow(cells)
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def _with_header(
    rows: Iterable[dict[str, Any]], names: tuple[str, ...], shown: Shown
) -> Iterator[Iterable[str]]:
    yield names
    for row in rows:
        yield [_cell(value, shown) for value in row.values()]


def _cell(value: Any, shown: Shown) -> str:
    """A number is no stranger's text, and stays one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return shown(cell(value if isinstance(value, str) else _json(value).decode()))


def _json_line(row: dict[str, Any]) -> bytes:
    return json_text(_json(row)).encode() + b"\n"


def _json(value: Any) -> bytes:
    """JSON; what no UTF-8 can hold as halves of surrogate pairs."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode()
