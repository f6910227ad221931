"""The cage that decoders run in: a child process with nothing to steal, and little that it can do.

It has no environment, no network, no further processes, and can open no file at all: each image is handed to it
open. It is bounded in memory, time and open files. What the kernel does not offer is left out (`walls` tells).

Three things that `multiprocessing` does by itself are wrong for a child that reads strangers' bytes, and
are done otherwise here. It would inherit the environment, with its credentials (clearing it in the child
is too late: the first copy stays readable in its memory). It would run the parent's main module. And the
parent would unpickle whatever the child writes, which is the same as running it.
"""

from __future__ import annotations

import ctypes
import io
import math
import os
import pickle
import resource
import signal
import subprocess
import threading
import time
from multiprocessing import context, popen_spawn_posix, process, resource_tracker, spawn, util
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final
from weakref import WeakSet

from workers import handover, landlock, seccomp
from workers.handover import Handover

_OPEN_FILES: Final = 64  # the interpreter, its pipes, one image
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS of linux/prctl.h
# Without these an interpreter that is built or unpacked in an unusual place does not start.
_INHERITED: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")
# The whole vocabulary of a child: pebble's messages and, within them, bytes.
_SPOKEN: Final = frozenset(
    {
        ("pebble.pool.process", "Acknowledgement"),
        ("pebble.pool.process", "TaskResult"),
        ("pebble.common.types", "Result"),
        ("pebble.common.types", "ResultStatus"),
    }
)


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
        (resource.RLIMIT_FSIZE, 0),  # it answers through a pipe and writes no file
        (resource.RLIMIT_CORE, 0),  # a core would hold the image
    ):
        resource.setrlimit(limit, (value, value))
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    landlock.give_up_files()
    seccomp.give_up_calls()


def _hang_up() -> None:
    """Let go of what the child inherited and needs no more.

    Its words in the worker's log, and the pipe to `multiprocessing`'s tracker, which unlinks what it is told.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    tracker: Any = resource_tracker._resource_tracker  # noqa: SLF001 - nothing else knows its pipe
    os.close(tracker._fd)  # noqa: SLF001 - the same
    tracker._fd = None  # noqa: SLF001 - the same


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


class _Popen(popen_spawn_posix.Popen):
    """`multiprocessing`'s own start of a spawned child, but with next to no environment.

    Follows popen_spawn_posix.Popen._launch, which is the same from CPython 3.8 to 3.14.
    """

    _fds: list[int]

    def _launch(self, process_obj: process.BaseProcess) -> None:
        tracker = resource_tracker.getfd()
        self._fds.append(tracker)  # type: ignore[arg-type] # None on Windows alone
        preparation = spawn.get_preparation_data(process_obj.name)
        for name in ("init_main_from_name", "init_main_from_path"):
            preparation.pop(name, None)
        preparation["authkey"] = b""
        written = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            ForkingPickler(written).dump(preparation)
            ForkingPickler(written).dump(process_obj)
        finally:
            context.set_spawning_popen(None)
        reads_end, child_ends = os.pipe()
        child_reads, writes = os.pipe()
        try:
            command = spawn.get_command_line(tracker_fd=tracker, pipe_handle=child_reads)
            child = subprocess.Popen(  # noqa: S603 - this interpreter itself
                command,
                env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                stdin=subprocess.DEVNULL,
                pass_fds=(*self._fds, child_reads, child_ends),
            )
            self.pid = child.pid
            child.returncode = 0  # it is waited for by its pid, as multiprocessing does; not by this object
            self.sentinel = reads_end
            self.finalizer = util.Finalize(self, os.close, (reads_end,))
        finally:
            os.close(child_reads)
            os.close(child_ends)
            with os.fdopen(writes, "wb") as preparing:
                preparing.write(written.getbuffer())


class _Process(context.SpawnProcess):
    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> _Popen:  # noqa: N802 - multiprocessing's name
        return _Popen(process_obj)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _SPOKEN:
            raise pickle.UnpicklingError(f"a decoder may not speak of {module}.{name}")
        return super().find_class(module, name)


class _Heard(Handover):
    """The end that a child writes to: what is heard is bounded in size and in vocabulary, and holds no file."""

    def recv(self) -> Any:
        if not (data := os.read(self.fileno(), handover.MESSAGE_BYTES)):
            raise EOFError
        return _Unpickler(io.BytesIO(data)).load()


class CageContext(context.SpawnContext):
    """The context that one process pool takes, and that knows all its children."""

    def __init__(self) -> None:
        self._children: WeakSet[process.BaseProcess] = WeakSet()
        self._lock = threading.Lock()
        self._ended = False

    def Process(self, *args: Any, **kwargs: Any) -> process.BaseProcess:  # type: ignore[override] # noqa: N802 - as its base has it
        """A child; an OSError once all have been ended."""
        child = _Process(*args, **kwargs)
        with self._lock:
            if self._ended:
                raise OSError("the cage is closed")
            self._children.add(child)
        return child

    def end(self) -> None:
        """Kill what still lives, whatever the pool has come to; nothing starts any more."""
        with self._lock:
            self._ended = True
            children = list(self._children)
        for child in children:
            if child.pid is not None and child.is_alive():
                child.kill()

    def Pipe(self, duplex: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002, N802 - as its base has it
        """A pipe that carries open files too, and whose reading end understands few words."""
        reader, writer = handover.pair()
        return _Heard(reader, writable=False), Handover(writer, readable=False)
