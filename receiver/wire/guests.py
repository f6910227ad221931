"""Who is connected, how many, and who must leave when there is no room.

A guest waits     its handshake, its header, its body or its next request is awaited, or that it takes its answers:
                  it may be sent away
a guest is served its whole request is here and the answer is not: it stays

The bound is on sockets from the moment that they are accepted, before TLS: uvicorn sees a connection only after
its handshake, and its `limit_concurrency` counts idle ones and answers 503 to everybody.
"""

from __future__ import annotations

import contextlib
import socket
from collections import OrderedDict
from collections.abc import Callable


class Guest:
    """One connection from its acceptance to its end; `network` is whom it comes from, for counting.

    `one_of_many` is False of a proxy's: it stands for all of its clients.
    """

    __slots__ = ("_socket", "network", "one_of_many")

    def __init__(self, connected: socket.socket, network: str, *, one_of_many: bool = True) -> None:
        self._socket = connected
        self.network = network
        self.one_of_many = one_of_many

    def send_away(self) -> None:
        """End the connection, whatever stage it is in; the loop sees the end of the stream and closes it."""
        with contextlib.suppress(OSError):  # gone already
            self._socket.shutdown(socket.SHUT_RDWR)


class Guests:
    """All guests of this process: at most `most`, and at most `most_of_one` of one network that is no proxy's.

    `refused` is told the status that each was answered who sent no request that can be read.
    """

    def __init__(self, most: int, most_of_one: int, refused: Callable[[int], None] = lambda _: None) -> None:
        self.refused = refused
        self._most, self._most_of_one = most, most_of_one
        self._here: set[Guest] = set()
        # Those that wait, in the order in which they came or were last served.
        self._waiting: OrderedDict[Guest, None] = OrderedDict()
        self._of_network: dict[str, OrderedDict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._here)

    def admit(self, guest: Guest) -> bool:
        """Let a guest in, who then waits; whoever waits longest leaves for it. False: no room at all."""
        same: OrderedDict[Guest, None] = self._of_network.get(guest.network, OrderedDict())
        if (
            guest.one_of_many
            and len(same) >= self._most_of_one
            and not self._make_room(next((other for other in same if other in self._waiting), None))
        ):
            return False
        if len(self._here) >= self._most and not self._make_room(next(iter(self._waiting), None)):
            return False
        self._here.add(guest)
        self._waiting[guest] = None
        if guest.one_of_many:
            self._of_network.setdefault(guest.network, OrderedDict())[guest] = None
        return True

    def is_served(self, guest: Guest) -> None:
        """Its whole request is here: it is not sent away before its answer."""
        self._waiting.pop(guest, None)

    def waits(self, guest: Guest) -> None:
        """It has its answer, or does not take it, and is now the one that waits for the shortest time."""
        if guest in self._here:
            self._waiting[guest] = None
            self._waiting.move_to_end(guest)
            if guest.one_of_many:
                self._of_network[guest.network].move_to_end(guest)

    def leaves(self, guest: Guest) -> None:
        """Its connection is closed, or about to be."""
        self._here.discard(guest)
        self._waiting.pop(guest, None)
        same = self._of_network.get(guest.network)
        if same is not None:
            same.pop(guest, None)
            if not same:
                del self._of_network[guest.network]

    def _make_room(self, guest: Guest | None) -> bool:
        if guest is None:
            return False
        self.leaves(guest)
        guest.send_away()
        return True
