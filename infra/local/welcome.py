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
from providers.registry import FIRST


def text_of(stack: Stack, beside: Path, shell: Mapping[str, str]) -> str:
    """Where things are, commands to paste, a minted callback URL, and the key that stops it.

    Files are named relative to the folder `beside`, where they are in it.
    """
    url, fixative = callback_url(stack), fixative_for(stack.data, beside, shell)
    places = {
        "console": f"{stack.sign_in()}   (signs in once; later: {fixative} open)"
        if stack.with_console
        else "not started (--without-console)",
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
            f"A callback URL to give to {FIRST.title}, and how to mint others:",
            "",
            f"  {url}",
            f"  {fixative} url --provider {FIRST.name} --label shop/summer",
            "",
            "docs/first-hour.md goes on from here. Ctrl-C stops all of it, in order.",
            "",
        ]
    )


def callback_url(stack: Stack) -> str:
    """A callback URL with a ticket that says nothing of the order and does not expire."""
    keys = tickets.read_keys(stack.decided["TICKET_KEYS"])
    return f"{stack.callbacks}/callbacks/{FIRST.name}/{tickets.mint(Claims(), FIRST.name, keys)}"


def _to_try(simulator: str, fixative: str, url: str) -> list[str]:
    """An order at the simulated provider, as it would go to the true one, and what to look at then."""
    order = {**FIRST.samples.request, "prompt": "A still life", "callback_url": url}
    headers = {**FIRST.wire.key_headers("any"), "Content-Type": "application/json"}
    shown = " ".join(f"-H '{name}: {value}'" for name, value in headers.items())
    return [
        f"To try, in another terminal: order an image of the simulated provider, as you would of {FIRST.title}.",
        "A moment later it calls back, and the task is completed.",
        "",
        f"  curl {FIRST.wire.url(FIRST.wire.submit, simulator)} \\",
        f"    {shown} \\",
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
