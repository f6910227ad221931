"""Become another program that dies with its parent.

Run as a file, `python -I -S child.py PARENT COMMAND...`: it asks the kernel for SIGKILL at the end of the
parent, then turns into the command, with the same process id. So a stack that was killed by -9 leaves no
child behind that holds its ports. It imports nothing of ours, to be there in an instant.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

# From <sys/prctl.h>; only Linux has it, elsewhere the next start finds the leftovers.
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then become the command."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have ended before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
