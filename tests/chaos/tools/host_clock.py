"""The clock of one host, stepped while its processes run (tests/chaos/inside/host_clock.py reads the file)."""

from __future__ import annotations

from pathlib import Path

DAY_S = 86_400


class HostClock:
    """What the processes of one host believe the time is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.step(0)

    def step(self, seconds: int) -> None:
        """Set the clock off by so many seconds."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{seconds}\n")
        beside.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What a process needs to go by this clock."""
        return {"CHAOS_CLOCK": str(self._file)}
