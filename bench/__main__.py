"""The command: `python -m bench [PART ...]`."""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import debian, machine, peers, report, results
from bench.errors import BenchError
from bench.growth import seed
from bench.parts import PARTS, PROGRAMS, Figures
from bench.past import history, slower
from bench.reports import since
from infra.local.errors import LocalError
from infra.local.parts.process import PROJECT

ROUNDS = 3
CACHE = PROJECT / ".cache" / "bench"
_HERE = PROJECT / "bench"
_PLOTS = PROJECT / "docs" / "bench"
_PERFORMANCE = PROJECT / "docs" / "performance.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write what came of it. Exit code 1: it could not be measured, and says why."""
    told = _parser().parse_args(arguments)
    # Servers of others, and their data, end in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    names = list(told.parts) or list(PARTS)
    # A look whether it works is not a measurement: what is published stays.
    rounds, folder = (1, CACHE / "quick") if told.quick else (told.rounds, _HERE)
    try:
        if told.full:
            CACHE.mkdir(parents=True, exist_ok=True)
            seed.made(CACHE, seed.MANY)
        if told.quick and not told.report:
            shutil.rmtree(folder, ignore_errors=True)
        troubles = (
            [] if told.report else _measure(names, rounds, folder, time.monotonic() + told.minutes * 60)
        )
        if (folder / results.NAME).exists():
            _write(folder)
            results.draw(folder / results.NAME, _PLOTS if folder == _HERE else folder / "plots", _peers())
    except (BenchError, LocalError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. The parts that were done are written.\n")
        return 130
    sys.stderr.write("".join(f"NOT MEASURED: {trouble}\n" for trouble in troubles))
    return 1 if troubles else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures ours beside others, on loopback, and writes bench/results.json, bench/RESULTS.md "
        "and the plots in docs/bench.",
    )
    parser.add_argument(
        "parts", nargs="*", type=_part, metavar="PART", help=f"{', '.join(PARTS)}; all if none is named"
    )
    parser.add_argument(
        "--rounds", type=int, choices=range(1, 10), default=ROUNDS, metavar="N", help="1 to 9 (%(default)s)"
    )
    parser.add_argument(
        "--minutes", type=float, default=math.inf, metavar="M", help="begin no part after so many minutes"
    )
    parser.add_argument("--quick", action="store_true", help="one round, and nothing of it is published")
    parser.add_argument(
        "--full",
        action="store_true",
        help=f"first write a bucket with {seed.MANY:,} tasks, which takes minutes, and is kept for later",
    )
    parser.add_argument("--report", action="store_true", help="measure nothing, write page and plots anew")
    return parser


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name} is no part: {', '.join(PARTS)}")
    return name


def _measure(names: Sequence[str], rounds: int, folder: Path, ends_s: float) -> list[str]:
    """The parts in turn, and what went wrong with which; none is begun after `ends_s`.

    Each one's figures, and the pages, are written when it is done.
    """
    began, machine_here, troubles = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", machine.description(), []
    done: dict[str, Figures] = {}
    for number, name in enumerate(names, start=1):
        sys.stderr.write(f"{name}: part {number} of {len(names)}\n")
        began_s = time.monotonic()
        if began_s >= ends_s:
            troubles.append(f"{name}: the time was over before it could begin")
            continue
        try:
            debian.have(PROGRAMS.get(name, ()))
            figures = _one(name, rounds)
            done[name] = figures
            took_s = time.monotonic() - began_s
            sys.stderr.write(f"{name}: {took_s:.0f} s\n")
            measured = {
                "on": began[:10],
                "commit": history.commit()["commit"],
                "rounds": rounds,
                "took_s": round(took_s),
                "machine": machine_here,
                "versions": machine.versions(_peers()),
            }
            results.put(folder / results.NAME, name, figures, measured)
            run = history.run_of(done, began=began, rounds=rounds, machine=machine_here)
            history.put(folder / history.NAME, run)
            _write(folder)
        except Exception as error:  # noqa: BLE001 - it costs this part alone, and the exit code tells of it
            if not isinstance(error, (BenchError, LocalError)):
                traceback.print_exc()
            troubles.append(f"{name}: {error}")
            sys.stderr.write(f"{troubles[-1]}\n")
    return troubles


def _one(name: str, rounds: int) -> Figures:
    """A part's figures; the folder it works in goes, but after an error it stays, with its logs."""
    place = CACHE / f"ground-{name}"
    shutil.rmtree(place, ignore_errors=True)
    figures = PARTS[name](rounds, place, _peers())
    shutil.rmtree(place, ignore_errors=True)
    return figures


def _peers() -> Path:
    return peers.installed(CACHE / "peers")


def _write(folder: Path) -> None:
    """The pages of the figures that are there."""
    changes = since.told(slower.since(history.read(folder / history.NAME)))
    results.put_since(folder / results.NAME, changes)
    kept = results.read(folder / results.NAME)
    (folder / report.NAME).write_text(report.text_of(kept), encoding="utf-8")
    if folder == _HERE:
        page = _PERFORMANCE.read_text(encoding="utf-8")
        _PERFORMANCE.write_text(report.figures_in(page, kept), encoding="utf-8")
    sys.stderr.write(f"Written: {folder / report.NAME}, {folder / results.NAME}, {folder / history.NAME}\n")


if __name__ == "__main__":
    sys.exit(main())
