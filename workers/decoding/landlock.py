"""Landlock: a process gives up the file system, for good and without being root (Linux 5.13 or newer).

By ctypes, because the bindings on PyPI are a few months old each and this is three system calls.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Any, Final

# The same numbers on every architecture.
_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1

# What can be taken away, by the version of the kernel's interface that knows it first: rights to files,
# rights to TCP, and what leaves the domain (abstract sockets, signals).
_FILE_RIGHTS: Final = {1: 0x1FFF, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_TCP_RIGHTS: Final = {4: 0b11}
_SCOPES: Final = {6: 0b11}


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    return max(_syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION)), 0)


def give_up_files() -> bool:
    """Leave this thread, and what it starts, nothing of the file system but what is open already.

    TCP, abstract sockets and signals to others go too where the kernel can take them. False if it can take
    nothing. PR_SET_NO_NEW_PRIVS must be set.
    """
    known = version()
    if not known:
        return False
    rights = struct.pack(
        "=QQQ", _known(_FILE_RIGHTS, known), _known(_TCP_RIGHTS, known), _known(_SCOPES, known)
    )
    ruleset = _syscall(_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:  # a ruleset without rules: nothing is left
        return _syscall(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _known(rights: dict[int, int], known: int) -> int:
    return sum(bits for since, bits in rights.items() if since <= known)


def _syscall(number: int, *arguments: Any) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syscall"):
        return -1
    return int(libc.syscall(ctypes.c_long(number), *arguments))
