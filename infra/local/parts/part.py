"""One part of the stack: its process, how one knows that it is ready, and its restarts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from infra.local.parts.process import STOP_S, Process
from infra.local.wait import Probe

# A child that dies immediately must not spin, one that was killed must be back before anybody notices.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
# One that ran this long was well: its next end is a new story.
WELL_AFTER_S = 10.0


@dataclass
class Part:
    """A process that is started again for ever; without a process, a server that somebody else runs."""

    name: str
    answers: Probe
    process: Process | None = None
    stop_s: float = STOP_S
    ends: int = 0
    pause_s: float = FIRST_PAUSE_S
    planned_at_s: float | None = None

    def start(self) -> None:
        """Start the process."""
        if self.process:
            self.process.start()
        self.planned_at_s = None

    def noticed_end(self) -> bool:
        """Whether it ended since one last looked; its next start is then planned."""
        if self.process is None or self.planned_at_s is not None or self.process.alive():
            return False
        if time.monotonic() - self.process.started_at_s > WELL_AFTER_S:
            self.pause_s = FIRST_PAUSE_S
        self.planned_at_s = time.monotonic() + self.pause_s
        self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        self.ends += 1
        return True

    def due(self) -> bool:
        """Whether it is time to start it again."""
        return self.planned_at_s is not None and time.monotonic() >= self.planned_at_s
