"""The command: `python -m tests.chaos`.

Exit code 0: balanced. 1: a difference. 2: it could not be run.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.chaos.flaw_table import flaw_table, names
from tests.chaos.house import clear
from tests.chaos.run import run
from tests.chaos.size import FLAWED, FULL, SHORT
from tests.chaos.table import table

log = logging.getLogger(__name__)

SEED = 20261121
COULD_NOT_RUN = 2


def main(arguments: Sequence[str]) -> int:
    """Run as told."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s")
    # An end that unwinds: processes are stopped and the spool's disk is unmounted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(COULD_NOT_RUN))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(COULD_NOT_RUN))
    size = FLAWED if options.flaw else SHORT if options.short else FULL
    size = replace(
        size, tasks=options.tasks or size.tasks, kills=size.kills if options.kills is None else options.kills
    )
    folder = options.folder or Path(tempfile.mkdtemp(prefix="fixative-chaos-"))
    if options.flaws:
        return flaw_table(folder, options.seed, options.only)
    worst = 0
    for seed in range(options.seed, options.seed + options.seeds):
        place = folder / str(seed)
        clear(place)
        _say(f"seed {seed}, logs in {place}")
        try:
            result = run(place, size, seed, options.flaw)
        except Exception:
            log.exception("seed %d could not be run; logs in %s", seed, place)
            return COULD_NOT_RUN
        _say(table(result))
        worst = max(worst, bool(result.differences))
    return worst


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Load, faults, and the balance."
    )
    parser.add_argument("--seed", type=int, default=SEED, help="the first seed (%(default)s)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds in a row (%(default)s)")
    parser.add_argument("--short", action="store_true", help="the form that `make test` runs, about a minute")
    parser.add_argument("--tasks", type=int, help="another number of tasks")
    parser.add_argument("--kills", type=int, help="another number of kills of each kind")
    parser.add_argument("--folder", type=Path, help="where everything is kept; else a new temporary folder")
    parser.add_argument("--flaw", choices=names(), default="", help="a short run with this flaw planted")
    parser.add_argument("--flaws", action="store_true", help="such a run for every flaw, and their table")
    parser.add_argument("--only", nargs="*", choices=names(), help="with --flaws: these")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
