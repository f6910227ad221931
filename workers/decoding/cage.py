"""The cage that decoders run in: a child process with nothing to steal, and little that it can do.

It has no environment, no network, no further processes, and can open no file at all: each image is handed to it
open. It is bounded in memory, time and open files. What the kernel does not offer is left out (`walls` tells).
How it is started is `workers.decoding.child`.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import time
from typing import Final

from workers.decoding import landlock, seccomp

_OPEN_FILES: Final = 64  # the interpreter, its socket, one image
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h


def walls() -> str:
    """Which of the kernel's walls stand around a child on this machine, for a log."""
    files, calls = landlock.version(), seccomp.known()
    return f"files: {f'landlock {files}' if files else 'open'}, calls: {'seccomp' if calls else 'open'}"


def enter(memory_bytes: int) -> None:
    """Bind this very process, for good; run in the child before it sees any image.

    From here on no file can be opened, no module of Python's either.
    """
    # A decoder deep in C never comes to a Python handler: let the kernel end it.
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    _hang_up()
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),  # for whoever is not root: no thread and no process more
        (resource.RLIMIT_FSIZE, 0),  # it answers through a socket and writes no file
        (resource.RLIMIT_CORE, 0),  # a core would hold the image
    ):
        resource.setrlimit(limit, (value, value))
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    landlock.give_up_files()
    seccomp.give_up_calls()


def _hang_up() -> None:
    """Let go of the worker's log, which the child inherits to tell why it cannot start."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def allow(seconds: float) -> None:
    """Let this process go on for so long, by the clock and in CPU time; the kernel kills it beyond.

    The timer runs on the monotonic clock: a host clock that is set moves it not. CPU time is counted anew
    for each image, since RLIMIT_CPU counts over the life of the process.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    used_s = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used_s + seconds) + 1, hard))


def rest() -> None:
    """Stop the clock that `allow` started: the process waits for the next image."""
    signal.setitimer(signal.ITIMER_REAL, 0)
