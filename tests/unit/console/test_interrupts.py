"""A Ctrl-C ends a wait even where Python drops the exception that it becomes."""

from __future__ import annotations

import signal
import subprocess
import sys

# The signal comes while a weak reference's callback runs, as it may while a module is imported.
DROPPED = """
import os, signal, weakref
from console.cli.interrupts import INTERRUPTS
from console.cli.waiting import until

class Lock: pass

INTERRUPTS.listen()
lock = Lock()
watch = weakref.ref(lock, lambda _: os.kill(os.getpid(), signal.SIGINT))
del lock
print("went on", flush=True)
until(lambda: None, 600.0)
"""


def test_an_interrupt_that_python_dropped_ends_the_next_wait() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "went on\n"
    assert "Exception ignored in" in ended.stderr
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")


def test_who_started_it_with_interrupts_ignored_is_obeyed() -> None:
    ignoring = "import os, signal; from console.cli.interrupts import INTERRUPTS; INTERRUPTS.listen(); os.kill(os.getpid(), signal.SIGINT); print('went on')"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ended = subprocess.run(
            [sys.executable, "-c", ignoring], capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert (ended.returncode, ended.stdout) == (0, "went on\n")
