"""Only in the bench: Python runs this at the start of each child that has this folder on its PYTHONPATH.

In a worker it sets a clock at each step; the decoders' processes, which import the same, are measured from outside.
A receiver only tells of its threads.
"""

from __future__ import annotations

import os
import sys
import traceback

_WHO = sys.orig_argv[-2:]

if os.environ.get("BENCH_STEPS") and _WHO in (["-m", "workers"], ["-m", "receiver"]):
    try:
        from pathlib import Path

        from bench.steps import dump

        if _WHO[-1] == "workers":
            from bench.steps.clocks import set_up

            set_up(os.environ["BENCH_STEPS"])
        else:
            dump.dump_on_signal(Path(os.environ["BENCH_STEPS"]))
    except BaseException:  # noqa: BLE001 - Python would only mention it and go on without
        traceback.print_exc()
        os._exit(97)
