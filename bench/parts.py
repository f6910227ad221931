"""What can be measured, in the order in which it is done. Each part is loaded when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.ground import stood

Figures = dict[str, Any]
# Takes the rounds, a folder that is its own, and the Python of the peers.
Part = Callable[[int, Path, Path], Figures]


def _door(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.door.measure import measure  # noqa: PLC0415 - see above

    with stood(folder, peers) as ground:
        return measure(ground, rounds)


def _hands(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.hands import measure  # noqa: PLC0415 - see above
    from bench.hands.figures import CannotMeasure  # noqa: PLC0415 - see above

    try:
        return measure(rounds, folder, peers, say=_say)
    except CannotMeasure as error:
        raise BenchError(str(error)) from error


def _say(text: str) -> None:
    sys.stderr.write(f"hands: {text}\n")


def _way(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.way.measure import measure  # noqa: PLC0415 - see above

    with stood(folder, peers) as ground:
        return measure(ground, rounds)


def _steps(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.steps.measure import measure  # noqa: PLC0415 - see above

    del peers
    return measure(rounds, folder)


def _s3(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.requests.measure import measure  # noqa: PLC0415 - see above

    with stood(folder, peers) as ground:
        return measure(ground, rounds)


def _short(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.hurry.measure import measure  # noqa: PLC0415 - see above

    del rounds  # a backlog is behind many callbacks, and made for each kind anew
    return measure(folder, peers)


def _growth(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.growth.measure import measure  # noqa: PLC0415 - see above

    # What is written once stands beside the folder, which goes.
    return measure(rounds, folder, peers, folder.parent)


def _backlog(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.backlog.measure import measure  # noqa: PLC0415 - see above

    return measure(rounds, folder, peers)


def _start(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.start.measure import measure  # noqa: PLC0415 - see above

    del peers
    return measure(rounds, folder)


def _memory(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.memory.measure import measure  # noqa: PLC0415 - see above

    with stood(folder, peers) as ground:
        return measure(ground, rounds)


def _list(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.listing.measure import measure  # noqa: PLC0415 - see above

    return measure(rounds, folder, peers)


def _thumbs(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.thumbs.measure import measure  # noqa: PLC0415 - see above

    del peers
    return measure(rounds, folder)


def _console(rounds: int, folder: Path, peers: Path) -> Figures:
    from bench.console.measure import measure  # noqa: PLC0415 - see above

    with stood(folder, peers) as ground:
        return measure(ground, rounds)


PARTS: dict[str, Part] = {
    "door": _door, "hands": _hands, "steps": _steps, "way": _way, "s3": _s3, "backlog": _backlog, "short": _short,
    "growth": _growth, "start": _start, "memory": _memory, "list": _list, "thumbs": _thumbs, "console": _console,
}  # fmt: skip
# The programs that a part needs and no wheel brings.
PROGRAMS: dict[str, Sequence[str]] = {"door": ("wrk", "webhook", "postgresql"), "growth": ("wrk",)}
