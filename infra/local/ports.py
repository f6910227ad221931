"""Free ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable

from infra.local.errors import CannotStart

LOOPBACK = "127.0.0.1"
# Below the ports that the kernel gives to outgoing connections (from 32768 on Linux), so that none of
# those is ever in the way of a restart.
_LOWEST, _HIGHEST = 20_000, 32_000
# A machine with a hundred servers still has a free block in nearly every place tried.
_MOST_TRIES = 200


def is_free(port: int) -> bool:
    """Whether nobody listens on the port; one that was just given up counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_block(length: int, apart_from: Iterable[int] = ()) -> int:
    """The first of so many free ports in a row, at random, so that stacks that start at the same time rarely meet.

    Raises:
        CannotStart: if no such block was found.
    """
    taken = set(apart_from)
    for _ in range(_MOST_TRIES):
        first = random.randrange(_LOWEST, _HIGHEST - length)  # noqa: S311 - no secret
        block = range(first, first + length)
        if taken.isdisjoint(block) and all(map(is_free, block)):
            return first
    raise CannotStart(f"No {length} free ports in a row between {_LOWEST} and {_HIGHEST} on {LOOPBACK}.")


def is_open(port: int, within_s: float = 0.2) -> bool:
    """Whether somebody answers on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=within_s).close()
    except OSError:
        return False
    return True
