"""The web console: plain HTTP on loopback, ready when /livez says so."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.parts.part import Part
from infra.local.parts.process import PROJECT, Process
from infra.local.ports import LOOPBACK

_ANSWER_S = 2.0


def part(data: Path, environment: Mapping[str, str], port: int) -> Part:
    """The console, not yet started."""
    process = Process(
        "console",
        [sys.executable, "-m", "console"],
        folder=PROJECT,
        log=data / "log" / "console.log",
        environment=environment,
    )
    return Part("console", lambda: answers(port), process)


def answers(port: int) -> bool:
    """Whether it answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
