"""Open files on their way to children that can open none: a message is one packet, and a file rides beside it.

The kernel carries the descriptor (SCM_RIGHTS of unix(7)); the child gets a number of its own for the same open
file, and learns no name. Pickle's persistent ids hold its place in the message.
"""

from __future__ import annotations

import io
import os
import pickle
import socket
import threading
from multiprocessing import connection, reduction
from pathlib import Path
from typing import Any, Final

MESSAGE_BYTES: Final = (
    65_536  # tasks and verdicts have under 1,000; what is longer is cut, and cannot be read
)
_FILE: Final = "file"


class Lent:
    """A file that is open for reading, to be put into a message; whoever receives that gets a descriptor."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()

    def again(self) -> int:
        """A descriptor more of the file, for whoever sends it. Raises PicklingError once it is closed."""
        # Without the lock, the number could be another file's by the time that it is used.
        with self._lock:
            if self._file.closed:
                raise pickle.PicklingError("nobody waits for this file any more")
            return os.dup(self._file.fileno())

    def close(self) -> None:
        """Take it back; what was sent stays open where it is."""
        with self._lock:
            self._file.close()


class Handover(connection.Connection):
    """An end of a pair of sockets, for one message at a time, with at most one file in each.

    What a child gets of an end, of whatever class, is an ordinary one.
    """

    def send(self, obj: Any) -> None:
        """Send a message. Without a file in it plain writing is enough, which is all that a caged child can do."""
        written = io.BytesIO()
        pickler = _Pickler(written)
        pickler.dump(obj)
        if pickler.lent is None:
            os.write(self.fileno(), written.getbuffer())
            return
        number = pickler.lent.again()
        try:
            with _socket_of(self) as sock:
                socket.send_fds(sock, [written.getbuffer()], [number])
        finally:
            os.close(number)

    def recv(self) -> Any:
        """The next message. Raises EOFError when there is nobody any more to send one."""
        with _socket_of(self) as sock:
            data, numbers, _, _ = socket.recv_fds(sock, MESSAGE_BYTES, 1)
        if not data:
            raise EOFError
        return _Unpickler(data, numbers).load()

    def __reduce__(self) -> Any:
        return _again, (reduction.DupFd(self.fileno()), self.readable, self.writable)


def pair() -> tuple[int, int]:
    """Two ends, as descriptors."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return one.detach(), other.detach()


class _Pickler(reduction.ForkingPickler):
    lent: Lent | None = None

    def persistent_id(self, obj: Any) -> str | None:
        if not isinstance(obj, Lent):
            return None
        self.lent = obj
        return _FILE


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, numbers: list[int]) -> None:
        super().__init__(io.BytesIO(data))
        self._numbers = numbers

    def persistent_load(self, _: Any) -> int:
        (number,) = self._numbers
        return number


def _again(number: Any, readable: bool, writable: bool) -> Handover:  # noqa: FBT001 - as it was reduced
    return Handover(number.detach(), readable=readable, writable=writable)


def _socket_of(end: Handover) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=os.dup(end.fileno()))
