"""What a decoder that was taken over would try; run in a real caged child."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from workers import decoder_pool
from workers.handover import Lent

ANSWER_S: Final = 20.0


def enter(memory_bytes: int) -> None:
    """The real way in; being of this module, it brings the probes with it."""
    decoder_pool._enter(memory_bytes)


def _tcp(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), 2):
        return "connected"


def _udp(port: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return str(sock.sendto(b"secret", ("127.0.0.1", int(port))))


def _unix(_: str) -> str:
    one, other = socket.socketpair()
    one.close()
    other.close()
    return "a pair"


def _done(call: Callable[..., object], *arguments: object) -> str:
    call(*arguments)
    return "done"


def _fork(_: str) -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return "forked"


def _thread(_: str) -> str:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join(5)
    return "started"


def _memory_of(pid: str) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, int(pid), None, None) != 0:  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "ptrace")
    return "attached"


def _descriptors(_: str) -> str:
    """What is open, by kind; regular files are counted."""
    kinds: set[str] = set()
    files = 0
    for number in range(64):
        with suppress(OSError):
            fcntl.fcntl(number, fcntl.F_GETFD)
            mode = os.fstat(number).st_mode
            files += stat.S_ISREG(mode)
            kinds.add(f"{files} regular" if stat.S_ISREG(mode) else stat.filemode(mode)[0])
    return ", ".join(sorted(kinds))


PROBES: dict[str, Callable[[str], str]] = {
    "connect": _tcp,
    "send a datagram": _udp,
    "make a pair of sockets": _unix,
    "read": lambda path: Path(path).read_text(encoding="utf-8"),
    "write": lambda path: str(Path(path).write_text("x", encoding="utf-8")),
    "remove": lambda path: _done(os.unlink, path),
    "list": lambda path: " ".join(os.listdir(path)),  # noqa: PTH208 - one system call
    "change mode": lambda path: _done(os.chmod, path, 0o777),
    "fork": _fork,
    "start a thread": _thread,
    "run a program": lambda path: _done(os.execv, path, [path]),
    "signal": lambda pid: _done(os.kill, int(pid), 0),
    "trace": _memory_of,
    "environment": lambda _: str(dict(os.environ)),
    "descriptors": _descriptors,
    "import": lambda name: __import__(name).__name__,
}


def attempt(name: str, argument: str, image: int) -> bytes:
    """Try it, with an image in hand: what came of it, or the name of the error."""
    try:
        with os.fdopen(image, encoding="utf-8") as file:
            if name == "read the image":
                return file.read().encode()
            if name == "open the image":
                return Path(f"/proc/self/fd/{image}").read_bytes()
            return PROBES[name](argument).encode()
    except Exception as error:  # noqa: BLE001 - whatever stopped it
        return f"refused: {type(error).__name__}".encode()


@contextmanager
def caged(image: Path) -> Iterator[Callable[[str, str], str]]:
    """A child as the decoder pool starts them, that tries what it is told, each time with the image in hand."""
    pool = decoder_pool._Pool(
        max_workers=1, max_tasks=0, initializer=enter, initargs=(decoder_pool.MEMORY_BYTES,)
    )

    def told(name: str, argument: str = "") -> str:
        with closing(Lent(image)) as lent:
            future = pool.schedule(attempt, args=(name, argument, lent), timeout=ANSWER_S)
            answer: bytes = future.result(ANSWER_S)
            return answer.decode()

    try:
        yield told
    finally:
        decoder_pool._end(pool)
