"""A `fixative` for a shell's PATH that is forked from one that is loaded: a walk has dozens, each a third of a second of a core.

A small program asks, by a socket, for a run with its own words, folder and variables, onto its own two streams.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.integration.console.harness.forked import of_this_process

_ASKS = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({place!r})
    told = dict(words=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ), pid=os.getpid())
    asked.sendall(json.dumps(told).encode())
    asked.shutdown(socket.SHUT_WR)
    sys.exit(int(asked.makefile().read()))
"""


@contextlib.contextmanager
def lent_command(folder: Path, within_s: float) -> Iterator[Path]:
    """A folder that has it, for a PATH."""
    program, place = folder / "fixative", folder / "asked"
    program.write_text(_ASKS.format(python=os.path.realpath(sys.executable), place=str(place)))
    program.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(place))
        door.listen()
        serving = threading.Thread(target=_serve, args=(door, within_s))
        serving.start()
        try:
            yield folder
        finally:
            door.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(door: socket.socket, within_s: float) -> None:
    """Until the door is shut."""
    while True:
        try:
            who, _ = door.accept()
        except OSError:
            return
        with who, who.makefile("rw", encoding="utf-8") as line:
            told: Any = json.loads(line.read())
            streams = [f"/proc/{told['pid']}/fd/{stream}" for stream in (1, 2)]
            code = of_this_process().run_onto(
                streams, tuple(told["words"]), Path(told["folder"]), told["environment"], within_s
            )
            line.write(str(code))
