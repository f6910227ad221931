"""The model of the roll-up by hand.

python -m tests.model.rollup SEED             one seed, step by step
python -m tests.model.rollup --seeds 20000    explore
... --flaw "a name is given a second time"    with a flaw planted
python -m tests.model.rollup --flaws          each flaw, and which seeds catch it
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.model.rollup.flaws import FLAWS
from tests.model.rollup.world import RollParts, RollWorld


def main() -> int:
    """Run what was asked for; 1 if a law did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.model.rollup", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--flaw", choices=sorted(FLAWS))
    parser.add_argument("--flaws", action="store_true")
    asked = parser.parse_args()
    parts = FLAWS[asked.flaw] if asked.flaw else RollParts()
    if asked.seed is not None:
        world = RollWorld(asked.seed, parts)
        broken = world.run()
        sys.stdout.write(world.trace.told() + "\n" + "\n".join(broken or ["every law holds"]) + "\n")
        return bool(broken)
    seeds = range(asked.start, asked.start + asked.seeds)
    if asked.flaws:
        for flaw, flawed in FLAWS.items():
            sys.stdout.write(f"{flaw}: {_explored(seeds, flawed)}\n")
            sys.stdout.flush()
        return 0
    told = _explored(seeds, parts)
    sys.stdout.write(told + "\n")
    return not told.startswith("none")


def _explored(seeds: range, parts: RollParts) -> str:
    laws: Counter[str] = Counter()
    failed: list[int] = []
    steps, began = 0, time.perf_counter()
    for seed in seeds:
        world = RollWorld(seed, parts)
        broken = world.run()
        steps += len(world.trace.steps)
        if broken:
            failed.append(seed)
            laws.update({each.split(":")[0] for each in broken})
    seconds = time.perf_counter() - began
    found = f"{len(failed)} {dict(laws)}, first {failed[:5]}" if failed else "none"
    return f"{found} of {len(seeds)} seeds, {steps} steps, {seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
