"""The goals: what was set, what was measured, and whether it is met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.reports.missed import told_of
from bench.reports.words import table, verdict

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """What `keys` of results.json (`door.p99_ms`, or two with ` / ` between them) is to be: at most, or at least, `limit`.

    `profile` names who tells where the rest goes when it is missed.
    """

    words: str
    keys: str
    limit: float
    form: str = "{:.2f}"
    at_least: bool = False
    profile: str = ""

    def measured(self, results: Results) -> float | None:
        """What was measured; None where it was not."""
        values = [_at(results, key) for key in self.keys.split(" / ")]
        if None in values or (len(values) > 1 and not values[1]):
            return None
        first, *under = (float(value) for value in values if value is not None)
        return first / under[0] if under else first

    def is_met(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit

    def share_to_stay(self, value: float) -> float:
        """Which share of what is spent now may stay, for the goal to be met."""
        return value / self.limit if self.at_least else self.limit / value


def _cpu(case: str, words: str, limit: float) -> Goal:
    keys = f"hands.{case}.ours_cpu_ms / hands.{case}.floor_cpu_ms"
    return Goal(f"CPU to the floor, one {words} of 1024 x 1024", keys, limit, profile=f"hands.{case}")


def _door(peer: str, words: str, limit: float) -> Goal:
    keys = f"door.ours_per_s / door.{peer}_per_s"
    return Goal(f"the door's rate, 64 connections, to {words}", keys, limit, at_least=True, profile="door")


GOALS = (
    Goal("PUTs of a lone task, five a second", "s3.lone.put", 3.3, profile="s3"),
    Goal("its GETs", "s3.lone.get", 1.0, profile="s3"),
    Goal("its DELETEs", "s3.lone.delete", 1.0, profile="s3"),
    Goal("dollars of requests a million of them", "s3.lone.dollars_a_million", 17.0, profile="s3"),
    _cpu("png_1024", "PNG", 1.3),
    _cpu("jpeg_1024", "JPEG", 2.0),
    _cpu("webp_1024", "WebP", 1.25),
    Goal(
        "a backlog of 10,000 due: its rate to that of live callbacks, one worker process",
        "backlog.per_s / backlog.live_per_s",
        0.8,
        at_least=True,
        profile="backlog",
    ),
    Goal("callback to manifest, idle, p50, ms", "way.p50_ms", 35.0, "{:.0f}", profile="way"),
    _door("noop", "the no-op's", 0.25),
    Goal("its p99, ms", "door.p99_ms", 100.0, "{:.0f}", profile="door"),
    _door("postgres", "PostgreSQL's", 1.0),
    _door("redis_aof", "that of a synced XADD", 1.0),
    _door("put_a_callback", "one PUT a callback", 2.0),
)


def section(results: Results) -> list[str]:
    """Its lines; none where nothing of it was measured."""
    told = [(goal, value) for goal in GOALS if (value := goal.measured(results)) is not None]
    if not told:
        return []
    missed: dict[str, float] = {}
    for goal, value in told:
        if not goal.is_met(value):
            missed[goal.profile] = min(goal.share_to_stay(value), missed.get(goal.profile, 1.0))
    met = sum(goal.is_met(value) for goal, value in told)
    return [
        "## The goals",
        "",
        f"{met} of {len(told)} are met. The second column says where the figures stand in `results.json`.",
        *_not_measured(results),
        "",
        *table(("goal", "from", "goal is", "measured", ""), [_row(goal, value) for goal, value in told]),
        *[line for profile, share in missed.items() for line in told_of(profile, share, results)],
    ]


def _row(goal: Goal, value: float) -> tuple[str, ...]:
    limit = f"{'at least' if goal.at_least else 'at most'} {goal.form.format(goal.limit)}"
    return goal.words, f"`{goal.keys}`", limit, goal.form.format(value), verdict(goal.is_met(value))


def _not_measured(results: Results) -> list[str]:
    missing = [f"`{goal.keys}`" for goal in GOALS if goal.measured(results) is None]
    return [f"Not measured yet: {', '.join(missing)}."] if missing else []


def _at(results: Results, key: str) -> float | None:
    found: Any = results
    for step in key.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return None if found is None else float(found)
