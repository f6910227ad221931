"""How far an export is: lines that were read, then tasks that were written, on standard error of a terminal alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# A bar that is told of every row costs more than the row.
_TOLD_EACH = 500

Item = TypeVar("Item")


class ExportBar:
    """A bar, and the count of what went by; shown while it is entered."""

    def __init__(self, err: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(),
            console=err, transient=True, disable=not err.is_terminal,
        )  # fmt: skip
        self._line = self._bar.add_task("reading", total=None)
        self.rows = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def read(self, lines: int) -> None:
        """Tell how many lines were read by now."""
        self._bar.update(self._line, description=f"{lines:,} lines read")

    def counted(self, items: Iterable[Item], total: int | None) -> Iterator[Item]:
        """Pass on what is written, and count it."""
        for item in items:
            yield item
            self.rows += 1
            if self.rows % _TOLD_EACH == 0:
                self._bar.update(
                    self._line, total=total, completed=self.rows, description=f"{self.rows:,} tasks written"
                )
