"""Where the rest goes when a goal is missed, from what the parts measured, and what it would take.

What it would take is counted, not guessed: the largest costs first, until what must go is covered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bench.reports.steps import Cost, beyond_the_floor, of_cases, shared_with_the_floor
from bench.reports.words import milliseconds, rate, table
from bench.way.stages import STAGES

Results = Mapping[str, Any]
_NO_PROFILE = "Where the rest goes was not measured with it."
_SHOWN_MS = 0.05
_THREADS = {
    "MainThread": "the event loop: server, ticket, body, delivery, answer",
    "journal": "the committers: one PUT for each batch",
    "ringer": "the ringer: one message for each batch",
}


class Taken(NamedTuple):
    """The largest costs that cover what must go, and what they come to together."""

    names: tuple[str, ...]
    total: float
    is_enough: bool


def what_it_takes(costs: Sequence[Cost], excess: float) -> Taken:
    """The largest costs, until together they are the excess; all of them, if that is not enough."""
    names, total = list[str](), 0.0
    for name, cost in sorted(costs, key=lambda each: -each[1]):
        if total >= excess or cost <= 0:
            break
        names.append(name)
        total += cost
    return Taken(tuple(names), total, total >= excess)


def told_of(profile: str, share: float, results: Results) -> list[str]:
    """The lines of a profile (`door`, `hands.png_1024`) for a goal that would be met with this share of what is spent."""
    name, _, case = profile.partition(".")
    told = _PROFILES[name](results, share, case)
    return ["", *told] if told else ["", f"**`{profile}`**: {_NO_PROFILE}"]


def _hands(results: Results, share: float, case: str) -> list[str]:
    steps = of_cases(results["steps"]).get(case) if "steps" in results else None
    if steps is None:
        return []
    ours_ms, floor_ms = (results["hands"][case][f"{who}_cpu_ms"] for who in ("ours", "floor"))
    beyond, goal_ms = beyond_the_floor(steps), share * ours_ms
    shared_ms = sum(ms for _, ms in shared_with_the_floor(steps))
    return [
        (
            f"**`{case}`**: {milliseconds(ours_ms)} ms of CPU an image, and the goal is {milliseconds(goal_ms)} "
            f"({milliseconds(ours_ms - goal_ms)} less). What the floor does as well takes ours {milliseconds(shared_ms)} ms and the "
            f"floor {milliseconds(floor_ms)}; the rest, by a clock at each step, which is in it:"
        ),
        "",
        *_costs("CPU ms an image", beyond),
        "",
        _takes(beyond, ours_ms - goal_ms, "ms"),
    ]


def _door(results: Results, share: float, _case: str) -> list[str]:
    door = results["door"]
    if "profile" not in door:
        return []
    profile = door["profile"]
    threads = [(words, profile["threads_us"].get(name, 0.0)) for name, words in _THREADS.items()]
    rest_us = max(0.0, profile["cpu_us"] - sum(us for _, us in threads))
    return [
        (
            f"**The door**: {rate(profile['cpu_us'])} µs of CPU a callback at {door['connections']} connections, in batches of "
            f"{profile['callbacks_a_batch']:.0f}, by its threads, of which Python runs one at a time:"
        ),
        "",
        *_costs("CPU µs a callback", [*threads, ("the rest", rest_us)]),
        "",
        _takes(threads, profile["cpu_us"] * (1 - share), "µs"),
    ]


def _way(results: Results, share: float, _case: str) -> list[str]:
    way = results["way"]
    if not way.get("stages"):
        return []
    costs = [(words, way["stages"][name]) for name, words in STAGES.items()]
    return [
        f"**Callback to manifest**: {milliseconds(way['p50_ms'])} ms when idle, and the goal is {milliseconds(way['p50_ms'] * share)}. One after the other:",
        "",
        *_costs("ms", costs),
        "",
        _takes(costs, way["p50_ms"] * (1 - share), "ms"),
    ]


def _backlog(results: Results, share: float, _case: str) -> list[str]:
    backlog = results["backlog"]
    if "steps" not in backlog:
        return []
    more = _more_than_live(backlog["steps"], backlog["live_steps"])
    cores, live_cores = (backlog[f"{kind}cpu_ms"] * backlog[f"{kind}per_s"] / 1000 for kind in ("", "live_"))
    return [
        (
            f"**The backlog**: {rate(backlog['per_s'])} tasks a second, and the goal is {rate(backlog['per_s'] / share)}. A task of it takes "
            f"{milliseconds(backlog['cpu_ms'])} ms of CPU, a live one {milliseconds(backlog['live_cpu_ms'])}; the worker uses "
            f"{cores:.2f} cores in it, and {live_cores:.2f} of live callbacks, so {_waits(cores, live_cores)}. What a task of it takes more, by a clock at each step:"
        ),
        "",
        *_costs("CPU ms a task", more),
        "",
        _takes(more, backlog["cpu_ms"] * (1 - share), "ms"),
    ]


def _waits(cores: float, live_cores: float) -> str:
    # A tenth is what two measurements of one thing differ by.
    return "it waits besides" if cores < 0.9 * live_cores else "it waits no more than they do"


def _more_than_live(steps: Mapping[str, Any], live: Mapping[str, Any]) -> list[Cost]:
    """What takes more in a backlog, by step and by what no step is, the most first."""
    told = {**steps["steps"], "checking the image": steps["decoders"]}
    before = {**live["steps"], "checking the image": live["decoders"]}
    rest, rest_before = (each["total"] - sum(of.values()) for each, of in ((steps, told), (live, before)))
    more = {name: told.get(name, 0.0) - before.get(name, 0.0) for name in {**before, **told}}
    more["the rest: messages, threads, lists"] = rest - rest_before
    return sorted(((name, ms) for name, ms in more.items() if ms >= _SHOWN_MS), key=lambda each: -each[1])


def _s3(results: Results, _share: float, _case: str) -> list[str]:
    kinds = results["s3"]["lone"].get("kinds", {})
    told = sorted(
        ((kind, count) for kind, count in kinds.items() if kind != "LIST"), key=lambda each: -each[1]
    )
    if not told:
        return []
    rows = [(kind, f"{count:.2f}") for kind, count in told]
    return [
        "**The requests of a lone task**, by the top of the key:",
        "",
        *table(("request", "a task"), rows),
    ]


def _costs(unit: str, costs: Sequence[Cost]) -> list[str]:
    return table(("", unit), [(name, milliseconds(cost)) for name, cost in costs])


def _takes(costs: Sequence[Cost], excess: float, unit: str) -> str:
    if excess <= 0:
        return "It is the waiting that must go, not this."
    taken, must = what_it_takes(costs, excess), f"{milliseconds(excess)} {unit} must go"
    if not taken.is_enough:
        return f"{must}, and all of it is {milliseconds(taken.total)}: what remains would have to be quicker as well."
    named = " and ".join(f"“{name}”" for name in taken.names)
    together = "together have" if len(taken.names) > 1 else "alone has"
    return f"{must}: {named} {together} {milliseconds(taken.total)}."


_PROFILES: Mapping[str, Callable[[Results, float, str], list[str]]] = {
    "hands": _hands,
    "door": _door,
    "way": _way,
    "backlog": _backlog,
    "s3": _s3,
}
