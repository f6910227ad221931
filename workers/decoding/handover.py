"""What the worker and a decoder say to each other: bytes with their length before them, and an open file beside.

Whoever hears parses those bytes as data; nothing is ever unpickled, on either side. The kernel carries the
descriptor (SCM_RIGHTS of unix(7)): the child gets a number of its own for the same open file, and learns no name.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import Final

MESSAGE_BYTES: Final = 65_536  # terms and verdicts have under 1,000
_LENGTH_BYTES: Final = 4
_NUMBER_BYTES: Final = 4  # a descriptor, a C int
_LEAST_S: Final = 0.001  # a timeout of 0 would mean something else


class TooLong(Exception):
    """The other side announces more than anybody has to say."""


def give(sock: socket.socket, message: bytes, image: int, until: float) -> None:
    """Send a message with an open file beside it. `until` is of `time.monotonic()`.

    Raises:
        TimeoutError: if the other side does not take it in time.
        OSError: if there is no other side any more.
    """
    sock.settimeout(max(until - time.monotonic(), _LEAST_S))
    framed = _framed(message)
    sent = socket.send_fds(sock, [framed], [image])
    sock.sendall(framed[sent:])


def hear(sock: socket.socket, until: float, most_bytes: int = MESSAGE_BYTES) -> bytes:
    """The next message of the other side; a file that rides beside it is not taken.

    Raises:
        TimeoutError: if it has not come whole by `until` (`time.monotonic()`).
        EOFError: if the other side has gone.
        TooLong: if it would be longer than `most_bytes`.
    """
    return _exactly(sock, _length(_exactly(sock, _LENGTH_BYTES, until), most_bytes), until)


def take(sock: socket.socket) -> tuple[bytes, int]:
    """The next message and the descriptor beside it, waited for without end. Raises EOFError, TooLong."""
    head, beside, _, _ = sock.recvmsg(_LENGTH_BYTES, socket.CMSG_SPACE(_NUMBER_BYTES))
    if not beside:
        raise EOFError
    head += _exactly(sock, _LENGTH_BYTES - len(head), None)
    number = int.from_bytes(beside[0][2][:_NUMBER_BYTES], sys.byteorder)
    return _exactly(sock, _length(head, MESSAGE_BYTES), None), number


def say(number: int, message: bytes) -> None:
    """Write a message to a descriptor: plain writing is all that a caged child can do."""
    left = memoryview(_framed(message))
    while left:
        left = left[os.write(number, left) :]


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(_LENGTH_BYTES, "big") + message


def _length(head: bytes, most_bytes: int) -> int:
    length = int.from_bytes(head, "big")
    if length > most_bytes:
        raise TooLong(f"a message of {length} bytes")
    return length


def _exactly(sock: socket.socket, count: int, until: float | None) -> bytes:
    came = b""
    while len(came) < count:
        if until is not None:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            sock.settimeout(max(left_s, _LEAST_S))
        piece = sock.recv(count - len(came))
        if not piece:
            raise EOFError
        came += piece
    return came
