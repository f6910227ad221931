"""What the stack says to people when all is ready."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from archive import tickets
from archive.records.order import Claims
from infra.local.command import fixative_for, short
from infra.local.stack import Stack


def text_of(stack: Stack, beside: Path, shell: Mapping[str, str]) -> str:
    """Where things are, commands to paste, a minted callback URL, and the key that stops it.

    Files are named relative to the folder `beside`, where they are in it.
    """
    url, fixative = callback_url(stack), fixative_for(stack.data, beside, shell)
    places = {
        "callbacks": stack.callbacks,
        "bucket": f"{stack.bucket.endpoint}/{stack.bucket.bucket}",
        "redis": stack.redis_url,
        "simulator": stack.simulator or "not started (--try-out)",
        "logs": short(stack.data / "log", beside),
        "settings": short(stack.environment_file, beside),
    }
    return "\n".join(
        [
            "",
            "Fixative is ready.",
            "",
            *(f"  {name:<10} {place}" for name, place in places.items()),
            "",
            *(_to_try(stack.simulator, fixative, url) if stack.simulator else ()),
            "A callback URL to give to EvoLink, and how to mint others:",
            "",
            f"  {url}",
            f"  {fixative} url --provider evolink --label shop/summer",
            "",
            "docs/first-hour.md goes on from here. Ctrl-C stops all of it, in order.",
            "",
        ]
    )


def callback_url(stack: Stack) -> str:
    """A callback URL with a ticket that says nothing of the order and does not expire."""
    keys = tickets.read_keys(stack.decided["TICKET_KEYS"])
    return f"{stack.callbacks}/callbacks/evolink/{tickets.mint(Claims(), 'evolink', keys)}"


def _to_try(simulator: str, fixative: str, url: str) -> list[str]:
    """An order at the simulated provider, as it would go to the true one, and what to look at then."""
    order = {"model": "gpt-image-2", "prompt": "A still life", "size": "1:1", "callback_url": url}
    return [
        "To try, in another terminal: order an image of the simulated provider, as you would of EvoLink.",
        "A moment later it calls back, and the task is completed.",
        "",
        f"  curl {simulator}/v1/images/generations \\",
        "    -H 'Authorization: Bearer any' -H 'Content-Type: application/json' \\",
        f"    -d {shlex.quote(json.dumps(order))}",
        "",
        f"  {fixative} ls",
        f"  {fixative} open last",
        "",
        "The same in one step, with each thing that happens:",
        "",
        f"  {fixative} trigger completed",
        "",
    ]
