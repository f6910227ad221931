"""The command on a terminal: what a person's screen is sent."""

from __future__ import annotations

import os
import pty
import re
import subprocess

from tests.integration.console.harness.command import COMMAND, RUN_S, Command

# What rich sends of itself: colours, and what a bar needs to be drawn anew.
_OURS = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A)|\r")


def on_terminal(command: Command, *words: str, **changed: str) -> str:
    """All that a run of the command sends to its terminal."""
    ours, theirs = pty.openpty()
    shell = command.environment | {"TERM": "xterm-256color", "COLUMNS": "200"} | changed
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=command.folder,
        env=shell,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    try:
        while piece := _piece(ours):
            sent += piece
        process.wait(RUN_S)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return sent.decode()


def without_ours(sent: str) -> str:
    """What was sent, without the command's own colours and bars."""
    return _OURS.sub("", sent)


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's way to say that nobody writes any more
        return b""
