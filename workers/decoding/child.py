"""One caged child process, seen from the worker: started, given images, and ended.

Not by `multiprocessing`, nor by a library over it: it gives its children the whole environment (clearing it in the
child is too late, the first copy stays readable in its memory), runs the parent's main module in them, and
unpickles what they answer, which is the same as running it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from workers.decoding import handover

log = logging.getLogger(__name__)

START_S: Final = 30.0  # a start costs 0.2 s of CPU; more than this is no start
READY: Final = b"ready"  # the first word of a child, said from within its cage
# Without these an interpreter that is built or unpacked in an unusual place does not start.
_INHERITED: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")
_END_S: Final = 5.0  # the kernel ends what is killed within milliseconds
# Ctrl-C in a terminal reaches children too: the worker decides when they end. Modules are found where the
# worker finds them, installed or not.
_PROGRAM: Final = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "module, number, memory_bytes, *sys.path = sys.argv[1:]\n"
    "from importlib import import_module\n"
    "import_module(module).main(int(number), int(memory_bytes))\n"
)


class ChildEnded(Exception):
    """The child has ended, or says what cannot be heard; `exit_code` is negative for a signal."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"the decoder ended with {exit_code}")
        self.exit_code = exit_code


class NotStarted(Exception):
    """No child could be had: trouble of this machine, and no word about any image."""


class Child:
    """A process that runs `main(number, memory_bytes)` of a module; one thread at a time speaks with it.

    Raises:
        NotStarted: if there can be no further process.
    """

    def __init__(self, module: str, memory_bytes: int) -> None:
        self.images = 0  # that it was given
        self._ready = False
        self._starts_until = time.monotonic() + START_S
        found_at = (str(Path(entry or os.curdir).absolute()) for entry in sys.path)
        try:
            self._sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise NotStarted(f"no socket: {error.strerror}") from error
        with theirs:
            number = str(theirs.fileno())
            try:
                self._process = subprocess.Popen(  # noqa: S603 - this interpreter itself
                    [sys.executable, "-c", _PROGRAM, module, number, str(memory_bytes), *found_at],
                    env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                )
            except OSError as error:
                self._sock.close()
                raise NotStarted(f"no process: {error.strerror}") from error

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def lives(self) -> bool:
        """Whether its process has not ended."""
        return self._process.poll() is None

    def usable(self) -> bool:
        """Whether it may be given an image: it lives, and says nothing that it was not asked."""
        if not self.lives():
            return False
        if not self._ready:
            return True
        asked = select.poll()
        asked.register(self._sock, select.POLLIN)
        return not asked.poll(0)

    def ask(
        self,
        message: bytes,
        image: int,
        *,
        answer_s: float,
        until: float,
        most_bytes: int = handover.MESSAGE_BYTES,
    ) -> bytes:
        """Its answer to a message about an open file. `until` is of `time.monotonic()`.

        Raises:
            NotStarted: if it never came to hear.
            ChildEnded: if it ended meanwhile, or raves.
            TimeoutError: if it said nothing for `answer_s`, its own start not counted, or by `until`.
        """
        self._await_ready(until)
        self.images += 1
        until = min(until, time.monotonic() + answer_s)
        try:
            handover.give(self._sock, message, image, until)
            return handover.hear(self._sock, until, most_bytes)
        except TimeoutError:
            raise
        except (OSError, EOFError, handover.TooLong) as gone:
            raise ChildEnded(self._exit_code()) from gone

    def kill(self) -> None:
        """End its process; whoever waits for its answer gets ChildEnded. For any thread."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def end(self) -> None:
        """Kill it and let go of it; for the thread that speaks with it."""
        self.kill()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            log.warning("the decoder %d was killed and does not end", self.pid)
        self._sock.close()

    def _await_ready(self, until: float) -> None:
        if self._ready:
            return
        try:
            said = handover.hear(self._sock, min(until, self._starts_until))
        except TimeoutError:
            if time.monotonic() < self._starts_until:
                raise
            raise NotStarted(f"a decoder was not ready within {START_S:g} s") from None
        except (OSError, EOFError, handover.TooLong) as gone:
            raise NotStarted(f"a decoder ended with {self._exit_code()} before it was ready") from gone
        if said != READY:
            raise NotStarted("a decoder began with another word than it should")
        self._ready = True

    def _exit_code(self) -> int:
        """How it ended; one that has only hung up is killed."""
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait(_END_S)
