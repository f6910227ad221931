"""A DNS server of the test's own on a loopback port, and a resolver for the gate that asks it.

https://www.rfc-editor.org/rfc/rfc1035
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from egress.gate import Resolved

_A: Final = 1
_AAAA: Final = 28
_FAMILIES: Final = {_A: (4, socket.AF_INET), _AAAA: (16, socket.AF_INET6)}
ANSWER_S: Final = 5.0


class Names:
    """Answers every question from a list of turns: the first turn the first time a name is asked, and so on.

    The last turn stays. Keeps what it was asked.
    """

    def __init__(self, *turns: Sequence[str]) -> None:
        self.turns = turns
        self.asked: list[tuple[str, int]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._socket.sendto(b"", self.address)  # wakes it up
        self._thread.join(5)
        self._socket.close()

    def times_asked(self) -> int:
        """How often a name was looked up, both kinds of address as one."""
        return sum(kind == _A for _, kind in self.asked)

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(4096)
            if self._over:
                return
            with suppress(OSError):
                self._socket.sendto(self._answered(question), peer)

    def _answered(self, question: bytes) -> bytes:
        name, end = _name(question, 12)
        (kind,) = struct.unpack(">H", question[end : end + 2])
        earlier = sum(asked == (name, kind) for asked in self.asked)
        self.asked.append((name, kind))
        size, _ = _FAMILIES[kind]
        addresses = [ipaddress.ip_address(text) for text in self.turns[min(earlier, len(self.turns) - 1)]]
        found = [address.packed for address in addresses if len(address.packed) == size]
        head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
        # Life zero: whoever asks again gets the next turn, which is what a rebinding name does.
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 0, size) + packed for packed in found)
        return head + question[12 : end + 4] + records


class Resolver:
    """What a gate takes to resolve: asks the server over a socket; `port` is where the canary listens."""

    def __init__(self, server: tuple[str, int], port: int) -> None:
        self._server, self._port = server, port

    def __call__(self, host: str, _port: int) -> list[Resolved]:
        return [answer for kind in _FAMILIES for answer in self._ask(host, kind)]

    def _ask(self, host: str, kind: int) -> list[Resolved]:
        labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in host.split("."))
        question = (
            struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(ANSWER_S)
            sock.sendto(question, self._server)
            answer = sock.recv(65_535)
        (count,) = struct.unpack(">H", answer[6:8])
        size, family = _FAMILIES[kind]
        at = len(question)
        found: list[Resolved] = []
        for _ in range(count):
            text = str(ipaddress.ip_address(answer[at + 12 : at + 12 + size]))
            found.append((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (text, self._port)))
            at += 12 + size
        return found


def _name(message: bytes, at: int) -> tuple[str, int]:
    labels = []
    while (size := message[at]) != 0:
        labels.append(message[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    return ".".join(labels), at + 1
