"""One child process: its command, its log, its beginning and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local.errors import CannotStart
from infra.local.parts import child
from infra.local.wait import Probe, never, until

# Where `python -m receiver` finds it, installed or not.
PROJECT = Path(__file__).resolve().parents[3]
# A log is looked at after a failure; what lies further back than this has never been asked for.
LOG_MAX_BYTES = 8 * 1024 * 1024
TAIL_LINES = 15
# The slowest of ours, S3, stops within 2.5 s when it is idle.
STOP_S = 8.0
# Connections that wait while a process is started again: half a second of a thousand callbacks a second.
LISTEN_BACKLOG = 512
# SIGKILL needs no consent; this is for a machine that is short of breath.
KILL_S = 5.0


class Process:
    """A child that dies with us, in a session of its own, so that a terminal's Ctrl-C does not reach it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
        listen: tuple[str, int] | None = None,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self._folder = folder
        self._environment = environment
        self._listen = listen
        self._socket: socket.socket | None = None
        self._popen: subprocess.Popen[bytes] | None = None
        self.started_at_s = 0.0  # on the monotonic clock

    def start(self) -> None:
        """Start it; it writes into its log, which is begun anew when it has become long."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        listening = self._listening()
        wrapped = child.tied(self.command, listening)
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                wrapped,
                cwd=self._folder,
                env=None if self._environment is None else dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(listening,) if listening >= 0 else (),
            )
        self.started_at_s = time.monotonic()

    @property
    def pid(self) -> int:
        """Its process id; 0 before the first start."""
        return self._popen.pid if self._popen else 0

    def alive(self) -> bool:
        """Whether it runs (a frozen one does).

        One that ended is only reaped after what it left in its process group was ended too: until then
        nobody else can have its number.
        """
        if self._popen is None or self._popen.returncode is not None:
            return False
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(KILL_S)
        return False

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._popen.returncode if self._popen else None
        if code is None:
            return "runs" if self._popen else "was never started"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it alone: SIGKILL, SIGSTOP, SIGCONT, ..."""
        if self.alive():
            os.kill(self.pid, number)

    def stop(self, within_s: float = STOP_S, hasty: Probe = never) -> None:
        """End it: SIGTERM, a wait that is bounded and cut short by haste, then SIGKILL for all that it started."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)  # a frozen process cannot hear SIGTERM
        until(lambda: not self.alive() or hasty(), within_s)
        self.kill()

    def kill(self) -> None:
        """End it and all that it started, by SIGKILL.

        Raises:
            CannotStart: if even so it is still there.
        """
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
        if not until(lambda: not self.alive(), KILL_S):
            raise CannotStart(f"{self.name} (process {self.pid}) does not end, not even by SIGKILL.")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _listening(self) -> int:
        """The descriptor of the socket that every run of it listens on, or -1.

        It is ours and outlives each run: who connects while the process is started again waits in its queue
        for the next run, instead of being refused.
        """
        if self._listen is None:
            return -1
        if self._socket is None:
            try:
                self._socket = socket.create_server(self._listen, backlog=LISTEN_BACKLOG)
            except OSError as error:
                host, port = self._listen
                raise CannotStart(
                    f"{self.name} cannot listen on {host}:{port}: {error.strerror}. Start again: "
                    "a port that another program took is chosen anew."
                ) from error
        return self._socket.fileno()

    def tail(self) -> str:
        """The last lines of its log."""
        text = self.log.read_bytes()[-16_384:].decode(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def complaint(self, what: str) -> CannotStart:
        """What went wrong with it, and the last lines of its log."""
        return CannotStart(f"{self.name} {what}. The end of {self.log}:\n{self.tail() or '(nothing)'}")

    def ready(self, within_s: float, is_ready: Probe) -> None:
        """Wait until it is ready.

        Raises:
            CannotStart: with the end of its log, if it ends, or is not ready in time.
        """
        if until(lambda: is_ready() or not self.alive(), within_s) and self.alive():
            return
        raise self.complaint(f"was not ready after {within_s:g} s" if self.alive() else self.ending())
