"""What the demo shows: a line a step, a table at the end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from archive import layout
from archive.records.manifest import Manifest
from console.cli.table import Column, show_table
from infra.demo.follow import SeenWaiting, TaskSeen
from infra.demo.wish import Wish

# Where it is narrow, a key stands on a line of its own, whole.
COLUMNS = (
    Column("ordered", lead=True),
    Column("got", lead=True),
    Column("seconds", right=True),
    Column("key"),
)
# Room for the longest key in one line.
_PIPE_WIDTH = 150


@dataclass
class SentTask:
    """A task that was ordered, and what became of it."""

    wish: Wish
    task_id: str
    at_s: float  # on the monotonic clock
    seen: TaskSeen = field(default_factory=TaskSeen)
    took_s: float = 0.0
    problem: str = ""
    waits: SeenWaiting | None = None


class Screen:
    """The steps, with the time since the first one."""

    def __init__(self) -> None:
        # A pipe or a file has no width of its own.
        self._console = Console(
            highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH
        )
        self._began_s = time.monotonic()

    def step(self, text: str, style: str = "") -> None:
        """One step, as it happens."""
        passed_s = time.monotonic() - self._began_s
        self._console.print(f"[dim]{passed_s:6.1f} s[/dim]  [{style or 'default'}]{escape(text)}[/]")

    def ended(self, sent: SentTask) -> None:
        """A task has ended."""
        style = {"completed": "green", "failed": "yellow", "cancelled": "yellow"}.get(
            sent.seen.ending or "", "red"
        )
        self.step(f"{sent.seen.ending:<11} {sent.task_id}  {got(sent.seen)}", style)

    def waits(self, sent: SentTask, now: datetime) -> None:
        """A task was put off."""
        assert sent.waits is not None
        again_s = max(0.0, (sent.waits.next_try - now).total_seconds())
        left_s = max(0.0, (sent.waits.link_dies_at - now).total_seconds())
        told = f"{sent.waits.trouble}; tried again in {again_s:.0f} s, its link lives for {left_s:.0f} s"
        self.step(f"{'waiting':<11} {sent.task_id}  {told}", "yellow")

    def table(self, all_sent: Sequence[SentTask]) -> None:
        """What was ordered, what came, where it is, and how long it took."""
        self._console.print("\nWhat was ordered, and what was kept", style="italic")
        rows = [
            [
                f"{sent.wish.model} {sent.wish.in_words()}",
                sent.problem or got(sent.seen),
                f"{sent.took_s:.1f}",
                key_of(sent),
            ]
            for sent in all_sent
        ]
        width = self._console.width if sys.stdout.isatty() else None
        show_table(self._console, COLUMNS, rows, width=width)
        self._console.print()

    def plain(self, text: str) -> None:
        """Text that is to be pasted: as it is."""
        self._console.print(text, markup=False)


def got(seen: TaskSeen) -> str:
    """What came, in words."""
    if seen.letter:
        return f"nothing kept: {seen.letter.reason}"
    if seen.manifest is None:
        return "nothing yet"
    if seen.manifest.error:
        return f"{seen.manifest.status}: {seen.manifest.error.code}"
    signed = any(told.signature == "valid" for told in seen.manifest.notifications)
    return (images(seen.manifest) or str(seen.manifest.status)) + (
        ", signed by its provider" if signed else ""
    )


def images(manifest: Manifest) -> str:
    """The images that are kept, those alike in one."""
    kinds = Counter(f"{asset.format} {asset.width}x{asset.height}" for asset in manifest.kept)
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items())


def key_of(sent: SentTask) -> str:
    """Where it is kept: the folder of its images, or its manifest's where there are none."""
    manifest = sent.seen.manifest
    if manifest and manifest.kept:
        return manifest.kept[0].key.rpartition("/")[0] + "/"
    day = layout.day_in(sent.task_id)
    if manifest and day:
        return layout.manifest_key(day, sent.wish.provider, sent.task_id)
    return ""
