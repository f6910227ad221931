"""What stands on the wire: the answers that came, and what the door has kept of what was sent."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from receiver.spool import records
from tests.integration.door.lone_receiver import LoneReceiver

_HEAD = re.compile(rb"HTTP/1\.[01] (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")


@dataclass(frozen=True)
class Answer:
    """One answer of the door; `accepted` is the id of the delivery, where it was taken."""

    status: int
    last: bool  # no more requests are served on this connection
    body: bytes

    @property
    def accepted(self) -> str | None:
        return str(json.loads(self.body)["accepted"]) if self.status == 202 else None


def answers_in(raw: bytes) -> list[Answer]:
    """All answers that these bytes are, none of them cut off; "100 Continue" is none."""
    found, at = list[Answer](), 0
    while at < len(raw):
        if raw.startswith(b"<html>", at):  # nginx's, to what it takes for HTTP/0.9
            return [*found, Answer(400, last=True, body=raw[at:])]
        head = _HEAD.match(raw, at)
        assert head, f"no answer begins at {at}: {raw!r}"
        at = head.end()
        if head[1] == b"100":
            continue
        fields = dict(line.split(b": ", 1) for line in head[2].lower().splitlines())
        # Without a length, an answer ends with its connection.
        length = int(fields.get(b"content-length", len(raw) - at))
        assert at + length <= len(raw), f"an answer is cut off: {raw!r}"
        found.append(Answer(int(head[1]), fields.get(b"connection") == b"close", raw[at : at + length]))
        at += length
    return found


def bodies_in(batches: Iterable[bytes]) -> dict[str, bytes]:
    """The bodies of the deliveries in some batches, by the ids of the deliveries."""
    lines = [json.loads(line) for batch in batches for line in batch.splitlines()]
    found = {line["id"]: base64.b64decode(line["body"]) for line in lines}
    assert len(found) == len(lines), "a delivery is kept twice"
    return found


def kept(door: LoneReceiver) -> dict[str, bytes]:
    """The bodies that a receiver without S3 has on its spool."""
    return bodies_in(
        batch for path in (door.log.parent / "spool").glob("*.spool") for _, batch in records(path)
    )
