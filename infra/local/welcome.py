"""What the stack says to people when all is ready."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from archive import tickets
from archive.order import Claims
from infra.local.stack import Stack


def text_of(stack: Stack, beside: Path) -> str:
    """A minted callback URL, a `curl` to paste, where things are, and the key that stops it.

    Files are named relative to the folder `beside`, where they are in it.
    """
    url = callback_url(stack)
    places = {
        "callbacks": stack.callbacks,
        "bucket": f"{stack.bucket.endpoint}/{stack.bucket.bucket}",
        "redis": stack.redis_url,
        "simulator": stack.simulator or "not started (--simulator)",
        "logs": _short(stack.data / "log", beside),
        "settings": f"{_short(stack.environment_file, beside)}, which the `fixative` command reads",
    }
    lines = [f"  {name:<10} {place}" for name, place in places.items()]
    ca = _short(stack.tls.authority, beside)
    return "\n".join(
        [
            "",
            "Fixative is ready.",
            "",
            *lines,
            "",
            "A callback URL for EvoLink tasks:",
            "",
            f"  {url}",
            "",
            "A callback to try, of a task that failed; `fixative ls` shows it:",
            "",
            f"  curl --cacert {ca} -H 'Content-Type: application/json' \\",
            f"    -d '{_failed_task()}' \\",
            f"    {url}",
            "",
            "Ctrl-C stops all of it, in order.",
            "",
        ]
    )


def callback_url(stack: Stack) -> str:
    """A callback URL with a ticket that says nothing of the order and does not expire."""
    keys = tickets.read_keys(stack.decided["TICKET_KEYS"])
    return f"{stack.callbacks}/callbacks/evolink/{tickets.mint(Claims(), 'evolink', keys)}"


def _failed_task() -> str:
    """The smallest callback that leaves something to see: no link has to be reachable."""
    now = int(datetime.now(UTC).timestamp())
    error = {
        "code": "content_policy_violation",
        "message": "Blocked by safety filters.",
        "type": "task_error",
    }
    return json.dumps(
        {
            "created": now,
            "id": f"task-unified-{now}-example1",
            "model": "gpt-image-2",
            "status": "failed",
            "type": "image",
            "error": error,
        }
    )


def _short(path: Path, beside: Path) -> str:
    return str(path.relative_to(beside)) if path.is_relative_to(beside) else str(path)
