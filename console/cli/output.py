"""Where a verb speaks: answers on standard output, everything else on standard error.

With `--json` nothing but JSON goes to standard output. Whatever goes through here is made safe: strangers' texts may
stand in all of it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from archive.printable import json_text, one_line
from archive.records.record import to_json
from console.cli.table import Column, print_whole, show_pairs, show_table

# Text that is read in a pipe or a log; tables take what width they need there.
PIPED_COLUMNS = 120


def open_closed() -> None:
    """What a caller closed (`>&-`) takes and says nothing; else the first file that is opened would stand in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


class Output:
    """The two streams of a run of the command, and whether it speaks JSON."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        # Rich asks a terminal for its width; elsewhere it would take 80, and wrap.
        self._said_width = _columns()
        piped = None if sys.stdout.isatty() else self._said_width or PIPED_COLUMNS
        for stream in (sys.stdout, sys.stderr):
            # A terminal without a character for a stranger's shows what it was, and the verb goes on.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        self.out = Console(file=sys.stdout, width=piped, highlight=False, markup=False)
        self.err = Console(file=sys.stderr, highlight=False, markup=False, stderr=True)

    @property
    def table_width(self) -> int | None:
        """How wide a table may be; None where nobody looks at it on a screen."""
        return self.out.width if sys.stdout.isatty() or self._said_width else None

    def say(self, text: str) -> None:
        """Tell people something that is no answer: one line, below empty ones where it begins with line breaks."""
        print_whole(self.err, _line(text))

    def line(self, text: str) -> None:
        """One line of the answer, for people; the same."""
        print_whole(self.out, _line(text))

    def marked(self, mark: str, style: str, text: str) -> None:
        """The same, with a word in colour before it."""
        print_whole(self.out, Text(one_line(mark), style=style) + Text(one_line(text)))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Rows of the answer, for people."""
        show_table(self.out, columns, rows, width=self.table_width)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Facts of the answer, for people."""
        show_pairs(self.out, pairs)

    def object(self, value: Any) -> None:
        """The answer as one JSON object, indented."""
        _write(msgspec.json.format(_json(value), indent=2))

    def array(self, values: Iterable[Any]) -> None:
        """The answer as one JSON array with one element a line, so that line tools can read it too."""
        lines = b",\n".join(_json(value) for value in values)
        _write(b"[\n" + lines + b"\n]" if lines else b"[]")

    def progress(self, words: str, total: int) -> tuple[Progress, Any]:
        """A bar on standard error, which shows on a terminal alone, and where there is something to do."""
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.err,
            transient=True,
            disable=not (self.err.is_terminal and total),
        )
        return bar, bar.add_task(words, total=total)


def _columns() -> int | None:
    """COLUMNS, where somebody said it: shells keep it to themselves, so that was on purpose."""
    said = os.environ.get("COLUMNS", "")
    return int(said) if said.isascii() and said.isdigit() and int(said) > 0 else None


def _line(text: str) -> str:
    """Line breaks at its beginning are ours; a later one may be a stranger's."""
    told = text.lstrip("\n")
    return "\n" * (len(text) - len(told)) + one_line(told)


def _json(value: Any) -> bytes:
    """A value as JSON; what no UTF-8 can hold (a file name that is none) as halves of surrogate pairs."""
    try:
        return to_json(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value)).encode()


def _write(data: bytes) -> None:
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    sys.stdout.write(json_text(data, ascii_only=not unicode) + "\n")
    sys.stdout.flush()
