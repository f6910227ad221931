"""A step of the road as a line of the log: its name, from a closed set, and its facts.

In text a fact is `name=value` in the message; in JSON it is a field of its own as well.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal

Step = Literal[
    "durable",
    "not_durable",
    "carried_over",
    "rung",
    "settled",
    "dropped",
    "begun",
    "kept",
    "tried",
    "lost",
    "put_off",
    "ended_elsewhere",
    "archived",
    "dead_letter",
    "listed",
    "asked",
    "replayed",
    "dismissed",
]
# What each one says, and who says it.
STEPS: Mapping[Step, str] = {
    "durable": "The receiver: the deliveries of a batch stand in the inbox (`on=s3`) or on the spool (`on=spool`), before they are answered; a line for each provider.",
    "not_durable": "The receiver: it does not in time, and 503 was answered; the sender is to try again.",
    "carried_over": "The receiver: the deliveries of a batch went from the spool into the inbox.",
    "rung": "The receiver or a sweep: the bell for a batch or an entry was sent.",
    "settled": "A worker: a delivery was read and placed, or worked in place; `entry` is the work that is due for it.",
    "dropped": "A worker: a delivery says that its task is not finished.",
    "begun": "A worker: a run has its turn; `start` counts them, `replay` and `who` tell of a replay.",
    "kept": "A worker: an image was downloaded, verified and stored, and how long each of the three took.",
    "tried": "A worker: an image did not come, and may yet.",
    "lost": "A worker: an image was given up before its link died.",
    "put_off": "A worker: the run ends, and the work is due again at `until`, or when its lease ends.",
    "ended_elsewhere": "A worker: another run has ended this work.",
    "archived": "A worker: the manifest stands, and every image is kept.",
    "dead_letter": "A worker: something was given up, and why.",
    "listed": "A worker: the catalogue tells of a manifest or a dead letter; `letter` says whether that stands.",
    "asked": "A worker: the provider's task API told the ending, which entered the inbox.",
    "replayed": "The console: a dead letter was made due again.",
    "dismissed": "The console: a person said that nobody will replay it.",
}
Fact = str | int | float | bool | None


def facts(step: Step, **told: Fact) -> dict[str, dict[str, Fact]]:
    """What a line in words of its own brings along for JSON: `extra` of the logger's methods."""
    return {"facts": {"step": step, **told}}


def tell(log: logging.Logger, step: Step, *, level: int = logging.INFO, **told: Fact) -> None:
    """Write a step: `kept: index=0 format=png`. What is None says nothing."""
    if log.isEnabledFor(level):
        told = {name: value for name, value in told.items() if value is not None}
        words = " ".join(f"{name}={value}" for name, value in told.items())
        log.log(level, "%s: %s", step.replace("_", " "), words, extra=facts(step, **told))
