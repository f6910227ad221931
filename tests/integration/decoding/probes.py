"""What a decoder that was taken over would try; run in a real caged child."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from workers.decoding import decoder_child
from workers.decoding.child import Child
from workers.decoding.decoder_pool import MEMORY_BYTES

ANSWER_S: Final = 20.0


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


def attempt(message: bytes, file: BinaryIO) -> bytes:
    """Try it, with an image in hand: what came of it, or the name of the error."""
    name, argument = json.loads(message)
    try:
        if name == "read the image":
            return file.read()
        if name == "open the image":
            return Path(f"/proc/self/fd/{file.fileno()}").read_bytes()
        return PROBES[name](argument).encode()
    except Exception as error:  # noqa: BLE001 - whatever stopped it
        return f"refused: {type(error).__name__}".encode()


def main(number: int, memory_bytes: int) -> None:
    """The real way in, to try instead of to judge."""
    decoder_child.serve(number, memory_bytes, attempt)


class Probed:
    """A child as the decoder pool starts them, that tries what it is told, each time with the image in hand."""

    def __init__(self, image: Path) -> None:
        self._image = image
        self.child = Child(__name__, MEMORY_BYTES)

    def __call__(self, name: str, argument: str = "") -> str:
        with self._image.open("rb", buffering=0) as image:
            message = json.dumps([name, argument]).encode()
            until = time.monotonic() + ANSWER_S
            return self.child.ask(message, image.fileno(), answer_s=ANSWER_S, until=until).decode()
