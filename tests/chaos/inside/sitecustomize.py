"""Only in tests: Python runs this at the start of each child that has this folder on its PYTHONPATH.

In receivers and workers it sets the clock, the kill points and how long links live, lets the catalogue's days end soon
and, where one is asked for, plants a flaw.
"""

from __future__ import annotations

import os
import sys
import traceback

_PROCESSES = {"receiver": "receiver", "workers": "worker"}


def _process() -> str | None:
    """What this process is: `receiver` or `worker`, or neither."""
    arguments = sys.orig_argv
    module = arguments[arguments.index("-m") + 1] if "-m" in arguments[:-1] else ""
    return _PROCESSES.get(module)


def _enter(process: str) -> None:
    from tests.chaos.inside import host_clock  # noqa: PLC0415 - no other process needs it

    if os.environ.get("CHAOS_CLOCK"):
        host_clock.set_up()
    # Only now: what they import may keep the time's functions.
    from tests.chaos.inside import flaws, kill_points  # noqa: PLC0415

    kill_points.set_up(process)
    if os.environ.get("CHAOS_LIVES"):
        from tests.chaos.inside import lives  # noqa: PLC0415

        lives.set_up()
    if process == "worker":
        from tests.chaos.inside import short_days  # noqa: PLC0415 - the receiver knows none

        short_days.set_up()
    if os.environ.get("CHAOS_FLAW"):
        flaws.plant(os.environ["CHAOS_FLAW"])


if os.environ.get("CHAOS_DIR") and (_name := _process()):
    try:
        _enter(_name)
    except BaseException:  # noqa: BLE001 - Python would only mention it and go on without
        traceback.print_exc()
        os._exit(97)
