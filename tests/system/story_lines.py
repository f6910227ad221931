"""The log of a stack as who looks for a task reads it: lines of JSON, searched by a name."""

from __future__ import annotations

import json
from typing import Any

from tests.system.stack import Stack, until

OURS = ("receiver", "worker", "console")


def lines(stack: Stack) -> list[bytes]:
    """Every line of the logs of our processes, as many as there are; one that is being written is left out."""
    return [
        line
        for log in (stack.data / "log" / f"{name}.log" for name in OURS)
        if log.exists()
        for line in log.read_bytes().rpartition(b"\n")[0].splitlines()
    ]


def story(stack: Stack, name: str) -> list[dict[str, Any]]:
    """What a search for this name finds, in order of time; of the same millisecond, a process's own order."""
    found = [json.loads(line) for line in lines(stack) if name.encode() in line]
    return sorted(found, key=lambda told: told["time"])


def steps(told: list[dict[str, Any]]) -> list[str]:
    """The steps that it tells of; a bell's line may stand anywhere after its batch."""
    return [line["step"] for line in told if line.get("step", "rung") != "rung"]


def road(told: list[dict[str, Any]]) -> list[str]:
    """The same, each once: what is rung for twice, as a busy machine may, is done twice."""
    return list(dict.fromkeys(steps(told)))


def told_until(stack: Stack, name: str, *ending: str) -> list[dict[str, Any]]:
    """The story when it has come to these last steps."""

    def probe() -> list[dict[str, Any]] | None:
        told = story(stack, name)
        return told if steps(told)[-len(ending) :] == list(ending) else None

    return until(f"the story of {name} to end with {ending}", probe)
