"""The command on a terminal: what a person's screen is sent."""

from __future__ import annotations

import os
import pty
import re
from concurrent.futures import ThreadPoolExecutor

from tests.integration.console.harness.command import RUN_S, Command

# What rich sends of itself: colours, and what a bar needs to be drawn anew.
_OURS = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A)|\r")


def on_terminal(command: Command, *words: str, **changed: str) -> str:
    """All that a run of the command sends to its terminal."""
    assert command.forker
    ours, theirs = pty.openpty()
    shell = command.environment | {"TERM": "xterm-256color", "COLUMNS": "200"} | changed
    streams = [os.ttyname(theirs)] * 2
    with ThreadPoolExecutor(1) as reader:
        sent = reader.submit(_all_of, ours)
        try:
            command.forker.run_onto(streams, words, command.folder, shell, RUN_S)
        finally:
            os.close(theirs)  # the last end of it, so what is read ends
    os.close(ours)
    return sent.result().decode()


def without_ours(sent: str) -> str:
    """What was sent, without the command's own colours and bars."""
    return _OURS.sub("", sent)


def _all_of(terminal: int) -> bytes:
    return b"".join(iter(lambda: _piece(terminal), b""))


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's way to say that nobody writes any more
        return b""
