"""The provider simulator: plain HTTP on loopback, ready when it says that it is well."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

from infra.local.parts.part import Part
from infra.local.parts.process import PROJECT, Process
from infra.local.ports import LOOPBACK

_ANSWER_S = 2.0


def part(data: Path, port: int, authority: Path, *, link_life_s: float | None = None) -> Part:
    """The simulator, not yet started; it trusts the receiver's certificate. None of our settings reach it."""
    life = [] if link_life_s is None else ["--link-life-s", f"{link_life_s:g}"]
    process = Process(
        "simulator",
        [sys.executable, "-m", "infra.simulator", "--port", str(port), "--ca", str(authority), *life],
        folder=PROJECT,
        log=data / "log" / "simulator.log",
    )
    return Part("simulator", lambda: answers(port), process)


def answers(port: int) -> bool:
    """Whether it says that it is well."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/simulator/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
