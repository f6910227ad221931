"""The command: `python -m bench.hands [--rounds N] [--cases NAME,NAME] [--peers PYTHON] [--folder FOLDER]`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.hands.cases import CASES
from bench.hands.contest import measure
from bench.hands.figures import CannotMeasure
from bench.hands.table import text_of
from infra.local.errors import LocalError


def main() -> int:
    """Measure, and print a table. 1: it could not, and says why."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hands", description="What an image costs the workers."
    )
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cases", default="", help="their names, with commas; all if empty")
    parser.add_argument("--peers", type=Path, help="the Python that has the peers' libraries; else no peers")
    parser.add_argument(
        "--folder", type=Path, help="where data and logs stand meanwhile; else a temporary one"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    names = set(filter(None, options.cases.split(",")))
    if unknown := names - {case.name for case in CASES}:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    cases = [case for case in CASES if not names or case.name in names]
    with tempfile.TemporaryDirectory(prefix="fixative-bench-") as temporary:
        folder = options.folder or Path(temporary)
        try:
            figures = measure(options.rounds, folder.resolve(), options.peers, cases=cases, say=_say)
        except (CannotMeasure, LocalError) as error:
            _say(str(error))
            return 1
    sys.stdout.write((json.dumps(figures, indent=1) if options.json else text_of(figures)) + "\n")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
