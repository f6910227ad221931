"""pids.json: who runs now; and the end of what a killed stack left behind.

A process is known by its id, the boot and its start in that boot: no other process ever has all three.
Linux ends the children of a killed stack by itself (see `child`); this is for what slipped through.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from infra.local import private_file
from infra.local.errors import CannotStart
from infra.local.parts.process import Process
from infra.local.wait import until

Entry = dict[str, object]

# SIGKILL needs no consent; this is for a machine that is short of breath.
_GONE_S = 5.0


class Roll:
    """The file, and what it says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, Entry] = {}

    def end_leftovers(self) -> tuple[str, ...]:
        """End the processes that an earlier stack left behind, and tell their names.

        Raises:
            CannotStart: if one of them does not end.
        """
        ended = [name for name, entry in self._read().items() if name != "stack" and _end(name, entry)]
        self._entries = {"stack": entry_of(os.getpid(), starts=1)}
        self._write()
        return tuple(ended)

    def note(self, name: str, process: Process) -> None:
        """Write down that it was started again."""
        starts = self._entries.get(name, {}).get("starts", 0)
        assert isinstance(starts, int)
        self._entries[name] = entry_of(process.pid, starts=starts + 1)
        self._write()

    def note_end(self, name: str) -> None:
        """Write down that it does not run; how often it was started stays."""
        if name in self._entries:
            self._entries[name]["pid"] = None
        self._write()

    def _read(self) -> Mapping[str, Entry]:
        try:
            read = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return {name: entry for name, entry in read.items() if isinstance(entry, dict)}

    def _write(self) -> None:
        private_file.write(self._path, json.dumps(self._entries, indent=1) + "\n")


def entry_of(pid: int, starts: int) -> Entry:
    """What is written down of a process."""
    return {"pid": pid, "started": _started(pid), "starts": starts}


def _end(name: str, entry: Entry) -> bool:
    """End a process and all of its session, if it is still the very one; tell whether it was."""
    pid, started = entry.get("pid"), entry.get("started")
    if not isinstance(pid, int) or not started or started != _started(pid):
        return False
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    if not until(lambda: _started(pid) != started, _GONE_S):
        raise CannotStart(f"{name}, process {pid} of an earlier stack, does not end.")
    return True


def _started(pid: int) -> str | None:
    """The boot and the moment in it when a process began, in the kernel's own words; None: it is not there."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The second field is the program's name in brackets, which may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, start = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}/{start}"
