"""wrk, the load: so many connections, each of which posts again as soon as it has its answer.

A slow answer holds back the connection's next request, so wrk's percentiles are of what such clients see, not
of callbacks that come at a fixed rate; `way` posts at a fixed rate.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import BenchError

_SCRIPTS = Path(__file__).parent / "wrk_scripts"
# What wrk itself may take to begin and to end.
_SLACK_S = 20
# An answer that takes longer is counted as timed out; the door gives one within 2 s.
_ANSWER_S = 10
_MARK = "heard: "


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is posted where. `ids_to` names a file for the ids that were acknowledged, which costs wrk time."""

    url: str
    body: Path
    connections: int
    duration_s: int
    headers: Sequence[str] = ()
    ids_to: Path | None = None


@dataclass(frozen=True)
class LoadFigures:
    """What came of it."""

    per_s: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    acknowledged: int
    failed: int

    def as_json(self) -> dict[str, float]:
        """The figures of one round."""
        return {
            "per_s": self.per_s,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "p999_ms": self.p999_ms,
            "failed": self.failed,
        }


def run(load: Load) -> LoadFigures:
    """Put a load on a door. Raises BenchError, with what wrk said."""
    script = _SCRIPTS / ("audit.lua" if load.ids_to else "post.lua")
    command = [
        *("wrk", "--threads", "1", "--connections", str(load.connections)),
        *("--duration", f"{load.duration_s}s", "--timeout", f"{_ANSWER_S}s", "--script", str(script)),
        *(word for header in load.headers for word in ("--header", header)),
        *(load.url, "--", str(load.body), *([str(load.ids_to)] if load.ids_to else [])),
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=load.duration_s + _SLACK_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk did not end within {error.timeout:g} s: {load.url}") from None
    if done.returncode:
        raise BenchError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    return heard(done.stdout)


def heard(output: str) -> LoadFigures:
    """Read what the script's last line says. Raises BenchError."""
    for line in output.splitlines():
        if line.startswith(_MARK):
            return _read(json.loads(line.removeprefix(_MARK)))
    raise BenchError(f"wrk did not tell its figures: {output[-500:]}")


def _read(told: dict[str, Any]) -> LoadFigures:
    answered, refused = told["requests"], told["status_errors"]
    return LoadFigures(
        per_s=(answered - refused) / (told["duration_us"] / 1e6),
        p50_ms=told["p50_us"] / 1e3,
        p99_ms=told["p99_us"] / 1e3,
        p999_ms=told["p999_us"] / 1e3,
        acknowledged=answered - refused,
        failed=refused + told["socket_errors"],
    )
