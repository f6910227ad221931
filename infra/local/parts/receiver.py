"""The receiver: HTTPS on loopback, ready when /readyz says so."""

from __future__ import annotations

import http.client
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.parts.part import Part
from infra.local.parts.process import PROJECT, Process
from infra.local.ports import LOOPBACK

# /readyz writes to S3, which the receiver gives 1.5 s.
_ANSWER_S = 3.0


def part(data: Path, environment: Mapping[str, str], port: int, authority: Path) -> Part:
    """The receiver, not yet started."""
    process = Process(
        "receiver",
        [sys.executable, "-m", "receiver"],
        folder=PROJECT,
        log=data / "log" / "receiver.log",
        environment=environment,
        listen=(LOOPBACK, port),
    )
    return Part("receiver", lambda: answers(port, authority), process)


def answers(port: int, authority: Path | None) -> bool:
    """Whether it says that it takes callbacks: over TLS with a certificate of this authority, or without any."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_S)
    if authority is not None:
        context = ssl.create_default_context(cafile=authority)
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=_ANSWER_S, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
