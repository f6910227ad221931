"""Secrets with a mark in them, and everything that people, logs and the bucket's open part get to see."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.system.stack import Stack

# What may hold raw bodies and whole links; private, and expiring.
PRIVATE = ("inbox/", "due/", "dead/")
# A shorter one would be found by chance.
MARK_MIN_CHARACTERS = 12


@dataclass
class Canary:
    """The marks by what they are, and where each one was seen."""

    marks: dict[str, str] = field(default_factory=dict)

    def mark(self, what: str) -> str:
        """A fresh mark: letters and digits, as any kind of secret may have them."""
        return self.marks.setdefault(what, f"CANARY{what.replace(' ', '')}{secrets.token_hex(6)}")

    def watch(self, what: str, text: str) -> None:
        """Watch for a secret that somebody else made."""
        assert len(text) >= MARK_MIN_CHARACTERS
        self.marks[what] = text

    def watch_links(self, links: Iterable[str]) -> None:
        """Watch for the queries of links."""
        for link in links:
            query = urlsplit(link).query.partition("=")[2]
            self.watch(f"query of {urlsplit(link).path}", query)

    def seen(self, places: Mapping[str, bytes]) -> list[str]:
        """Which mark was seen where."""
        return sorted(
            f"{what} in {place}"
            for place, content in places.items()
            for what, mark in self.marks.items()
            if mark.encode() in content
        )


def prepared(folder: Path, canary: Canary) -> tuple[list[str], dict[str, str]]:
    """The state of a stack whose every secret is marked; the options and variables to start it with."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        simulator_port = int(reserved.getsockname()[1])
    # 32 bytes are 43 characters of base64url.
    ticket_key = canary.mark("ticket key").ljust(42, "x")[:42] + "A"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").write_text(
        json.dumps(
            {
                "simulator_port": simulator_port,
                "access_key": "canary-access-key",
                "secret_key": canary.mark("S3 secret"),
                "ticket_keys": f"k1:{ticket_key}",
            }
        )
    )
    canary.watch("a sent ticket", f"k1.{canary.mark('claims of a ticket')}.{'A' * 43}")
    environment = {
        # Half a minute, so that what cannot be had is given up, and told of, soon.
        "LINK_LIFE_H": "0.0085",
        "RETRY_FIRST_S": "1",
        "RETRY_MOST_S": "5",
        "EVOLINK_API_KEY": canary.mark("API key"),
        "API_TOKEN": canary.mark("API token"),
        # At `debug` botocore tells bodies and signatures, and urllib3 whole paths.
        "LOG_LEVEL": "debug",
        "INBOX_GRACE_S": "3",
        "SWEEP_IDLE_S": "2",
        "SWEEP_BUSY_S": "1",
        "ASK_FIRST_S": "2",
    }
    return ["--evolink-api", f"http://127.0.0.1:{simulator_port}"], environment


def open_places(stack: Stack) -> dict[str, bytes]:
    """All logs but those of what stands in for others, and all objects that are not private."""
    logs = {
        f"log {path.name}": path.read_bytes()
        for path in (stack.data / "log").glob("*.log*")
        if path.stem != "simulator"
    }
    objects = {key: content for key, content in stack.standing().items() if not key.startswith(PRIVATE)}
    names = {"names of objects": "\n".join(stack.keys()).encode()}
    return logs | objects | names
