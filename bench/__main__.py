"""The command: `python -m bench [PART ...]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import debian, machine, peers, report, results
from bench.errors import BenchError
from bench.growth import seed
from bench.parts import PARTS, PROGRAMS
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
    names = list(told.parts) or list(PARTS)
    # A look whether it works is not a measurement: what is published stays.
    rounds, folder = (1, CACHE / "quick") if told.quick else (told.rounds, _HERE)
    try:
        if told.full:
            CACHE.mkdir(parents=True, exist_ok=True)
            seed.made(CACHE, seed.MANY)
        if told.quick and not told.report:
            shutil.rmtree(folder, ignore_errors=True)
        if not told.report:
            _measure(names, rounds, folder)
        _write(folder, _PLOTS if folder == _HERE else folder / "plots")
    except (BenchError, LocalError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


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


def _measure(names: Sequence[str], rounds: int, folder: Path) -> None:
    """The parts in turn; each one's figures are kept as soon as it is done."""
    debian.have([program for name in names for program in PROGRAMS.get(name, ())])
    python = peers.installed(CACHE / "peers")
    for name in names:
        began_s = time.monotonic()
        place = CACHE / f"ground-{name}"
        shutil.rmtree(place, ignore_errors=True)
        figures = PARTS[name](rounds, place, python)
        took_s = time.monotonic() - began_s
        sys.stderr.write(f"{name}: {took_s:.0f} s\n")
        # After an error it stays, with its logs.
        shutil.rmtree(place, ignore_errors=True)
        measured = {
            "on": f"{datetime.now(UTC):%Y-%m-%d}",
            "rounds": rounds,
            "took_s": round(took_s),
            "machine": machine.description(),
            "versions": machine.versions(python),
        }
        results.put(folder / results.NAME, name, figures, measured)


def _write(folder: Path, plots: Path) -> None:
    """Page and plots of the figures that are there."""
    kept = results.read(folder / results.NAME)
    (folder / report.NAME).write_text(report.text_of(kept), encoding="utf-8")
    if folder == _HERE:
        _PERFORMANCE.write_text(
            report.lists_in(_PERFORMANCE.read_text(encoding="utf-8"), kept), encoding="utf-8"
        )
    results.draw(folder / results.NAME, plots, peers.installed(CACHE / "peers"))
    sys.stderr.write(f"Written: {folder / report.NAME}, {folder / results.NAME}, {plots}\n")


if __name__ == "__main__":
    sys.exit(main())
