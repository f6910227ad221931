"""The command: `python -m infra.simulator`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
from functools import partial
from pathlib import Path

from infra.simulator.app import LINK_LIFE_S, WORK_S, SimulatorSettings, create_app
from infra.simulator.connections import Transports
from infra.simulator.faults import SwitchError, Switches, parse
from infra.simulator.server import ReadyServer
from infra.simulator.switch_words import help_text

BACKLOG = 1024  # a test that orders hundreds of tasks at the same time is not turned away


def main() -> None:
    """Run until SIGTERM or SIGINT; exit code 0, or 2 for a command line that makes no sense."""
    parser = _parser()
    options = parser.parse_args()
    settings = SimulatorSettings(
        options.api_key, options.ca, options.link_life_s, options.work_s, options.simulate
    )
    try:
        listener = socket.create_server((options.host, options.port), backlog=BACKLOG)
    except OSError as problem:
        parser.error(f"cannot listen on {options.host}:{options.port}: {problem}")
    connections = Transports()
    server = ReadyServer(create_app(settings, connections), connections, partial(_say_ready, listener))
    asyncio.run(server.serve(sockets=[listener]))
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread may wait another 10 s for a receiver's answer that nobody will read: not for that.
    os._exit(0)


def _say_ready(listener: socket.socket) -> None:
    """Print the one line."""
    host, port = listener.getsockname()[:2]
    reachable = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
    sys.stdout.write(json.dumps({"address": f"http://{reachable}:{port}", "pid": os.getpid()}) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.simulator",
        description="Plays EvoLink (/v1), API in One (/api/v1) and others (below their names): real images, callbacks, and what goes wrong.",
        epilog=help_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 takes a free one")
    parser.add_argument("--ca", type=_file, metavar="FILE", help="the authority to trust when it calls back")
    parser.add_argument("--api-key", help="the one bearer token that is taken; else any is")
    parser.add_argument(
        "--link-life-s", type=_seconds, default=LINK_LIFE_S, help="how long links live (%(default)s)"
    )
    parser.add_argument("--work-s", type=_seconds, default=WORK_S, help="how long a task takes (%(default)s)")
    parser.add_argument(
        "--simulate",
        type=_switches,
        default=Switches(),
        metavar="JSON",
        help="what goes wrong with every task, as below",
    )
    return parser


def _file(text: str) -> Path:
    """Read the name of a file that is there."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is not a file")
    return path


def _seconds(text: str) -> float:
    """Read a number of seconds, 0 or more."""
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds


def _switches(text: str) -> Switches:
    """Read the switches."""
    try:
        return parse(json.loads(text))
    except (SwitchError, json.JSONDecodeError) as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


if __name__ == "__main__":
    main()
