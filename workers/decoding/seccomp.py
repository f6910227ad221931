"""A seccomp filter: system calls that a process gives up, for good and without being root.

By ctypes, because what PyPI has binds a C library that a bare machine may lack, and this filter is one
list of numbers. It answers EPERM, which every library can live with; it does not kill.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

_PR_GET_SECCOMP: Final = 21
_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF_0000
_REFUSE: Final = 0x0005_0000 | errno.EPERM
# Of linux/filter.h: load a word of what is asked, jump if equal, jump if greater or equal, return.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # where each stands in struct seccomp_data
_X32: Final = 0x4000_0000  # x86_64's second table of numbers begins here; no number of ours is so large

# By machine: AUDIT_ARCH of linux/audit.h, and the column of the table below.
_MACHINES: Final = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}
_NONE: Final = -1  # aarch64 never had it
_REFUSED: Final = {
    "network": ((41, 198), (42, 203), (43, 202), (44, 206), (46, 211), (49, 200), (50, 201), (53, 199), (288, 242), (307, 269)),
    # clone is threads too: no decoder here needs one
    "processes": ((56, 220), (57, _NONE), (58, _NONE), (435, 435), (59, 221), (322, 281)),
    # ptrace, process_vm_readv and _writev, kcmp, pidfd_open, _getfd and _send_signal, kill, tkill
    "other processes": ((101, 117), (310, 270), (311, 271), (312, 272), (434, 434), (438, 438), (424, 424), (62, 129), (200, 130)),
    # open, creat, openat, openat2 (a second wall behind Landlock's); chmod, chown, their kin and extended attributes,
    # which Landlock leaves alone; inotify, fanotify
    "files": (
        (2, _NONE), (85, _NONE), (257, 56), (437, 437),
        (90, _NONE), (91, 52), (268, 53), (452, 452), (92, _NONE), (93, 55), (94, _NONE), (260, 54), (188, 5), (189, 6),
        (190, 7), (132, _NONE), (235, _NONE), (261, _NONE), (280, 88), (253, _NONE), (294, 26), (254, 27), (300, 262),
    ),
    # io_uring (three), bpf, userfaultfd, perf, keys (three), memfd, unshare, setns, mount, pivot_root, handles to files
    "kernel": (
        (425, 425), (426, 426), (427, 427), (321, 280), (323, 282), (298, 241), (248, 217), (249, 218), (250, 219),
        (319, 279), (272, 97), (308, 268), (165, 40), (155, 41), (304, 265), (303, 264),
    ),
}  # fmt: skip


def known() -> bool:
    """Whether the kernel has filters and this machine a column in the table."""
    libc = ctypes.CDLL(None)
    return (
        os.uname().machine in _MACHINES
        and hasattr(libc, "prctl")
        and libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0
    )


def give_up_calls() -> bool:
    """Refuse this thread, and what it starts, the calls of the table; False where the kernel cannot.

    PR_SET_NO_NEW_PRIVS must be set.
    """
    machine = _MACHINES.get(os.uname().machine)
    libc = ctypes.CDLL(None, use_errno=True)
    if machine is None or not hasattr(libc, "prctl"):
        return False
    code = ctypes.create_string_buffer(_program(*machine))
    program = ctypes.create_string_buffer(struct.pack("HP", len(code) // 8, ctypes.addressof(code)))
    return bool(libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), program, 0, 0) == 0)


def _program(architecture: int, column: int) -> bytes:
    """The filter: another architecture's call and each number of the table are refused, the rest is not."""
    numbers = sorted({row[column] for rows in _REFUSED.values() for row in rows} - {_NONE})
    count = len(numbers)  # a jump counts from the step behind it to the last one, which refuses
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, count + 3, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, count + 1, 0, _X32),
        *((_IF_EQUAL, count - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in code)
