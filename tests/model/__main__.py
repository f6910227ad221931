"""The protocol model by hand.

python -m tests.model SEED             one seed, step by step
python -m tests.model --seeds 20000    explore longer
... --weather hard                     in another weather than the mild one
python -m tests.model --flaws          plant each flaw, and tell how it is caught
... --first                            each until the first seed that catches it
"""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from tests.model.explore import explore
from tests.model.flaws.table import FLAWS, table
from tests.model.parts import Parts
from tests.model.weather import Kind
from tests.model.world import World


def main() -> int:
    """Run what was asked for; 1 if a law did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--seeds", type=int, default=1500)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--weather", choices=get_args(Kind), help="mild, or the flaw's")
    parser.add_argument("--flaw", choices=sorted(FLAWS), help="plant this one")
    parser.add_argument("--flaws", action="store_true")
    parser.add_argument("--first", action="store_true")
    asked = parser.parse_args()
    parts = FLAWS[asked.flaw] if asked.flaw else Parts()
    weather = asked.weather or parts.weather
    if asked.flaws:
        for line in table(asked.seeds, most=int(asked.first)):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        return 0
    if asked.seed is not None:
        world = World(asked.seed, parts, weather)
        violations = world.run()
        sys.stdout.write(world.trace.told() + "\n" + "\n".join(violations or ["every law holds"]) + "\n")
        return bool(violations)
    findings = explore(range(asked.start, asked.start + asked.seeds), parts, weather)
    for seed, violations in list(findings.failed.items())[:20]:
        sys.stdout.write(f"{seed}: {violations[0]}\n")
    sys.stdout.write(f"{dict(findings.laws)}\n{findings.told()}\n")
    return bool(findings.failed)


if __name__ == "__main__":
    sys.exit(main())
