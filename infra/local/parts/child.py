"""Become another program that dies with its parent.

Run as a file, `python -I -S child.py PARENT LISTENING COMMAND...`: it asks the kernel for SIGKILL at the end
of the parent, then turns into the command, with the same process id. So a stack that was killed by -9 leaves
no child behind that holds its ports. It imports nothing of ours, to be there in an instant.

LISTENING is the descriptor of a listening socket, or -1. It is handed over as systemd does it:
https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

# From <sys/prctl.h>; only Linux has it, elsewhere the next start finds the leftovers.
_PR_SET_PDEATHSIG = 1
_FIRST_HANDED_OVER = 3


def tied(command: Sequence[str], listening: int = -1) -> list[str]:
    """The command line that starts a command tied to this process, perhaps with a listening socket."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(listening), *command]


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then become the command."""
    parent, listening, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have ended before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)
    if listening >= 0:
        os.dup2(listening, _FIRST_HANDED_OVER)
        os.set_inheritable(_FIRST_HANDED_OVER, True)  # noqa: FBT003 - the standard library's own signature
        os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
