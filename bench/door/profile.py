"""Where our door's CPU goes under load, by thread: the loop, the committers, the ringer."""

from __future__ import annotations

from typing import Any

from bench import wrk
from bench.door.desk import AT, AT_S, PROXIED, Desk, our_door, spool_of
from bench.door.kept import taken_out
from bench.ground import Ground
from bench.hands.tree import cpu_s
from bench.steps.measure import dumped, with_clocks

Figures = dict[str, Any]


def by_thread(ground: Ground, desk: Desk) -> Figures:
    """CPU µs a callback, in all and by thread, and the callbacks of a batch. Raises BenchError."""
    file = ground.folder / "threads.json"
    with our_door(ground, inside=with_clocks(file)) as (url, process):
        desk.warm(url, PROXIED)
        taken_out(ground, spool_of(ground))
        before, before_s = dumped(process, file), cpu_s(process.pid)
        heard = wrk.run(desk.of(url, AT, AT_S, PROXIED))
        after, after_s = dumped(process, file), cpu_s(process.pid)
        many = max(1, heard.acknowledged)
        threads = {
            name: (ns - before["threads"].get(name, 0)) / 1000 / many for name, ns in after["threads"].items()
        }
        ground.forget_bells()
        batches = ground.count_objects()
        taken_out(ground, spool_of(ground))
    return {
        "cpu_us": (after_s - before_s) * 1e6 / many,
        "threads_us": threads,
        "callbacks_a_batch": many / max(1, batches),
    }
