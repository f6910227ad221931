"""The processes of a run: S3, the simulator, the stack, the worker of another host."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.parts import s3, simulator
from infra.local.parts.part import Part
from infra.local.parts.process import PROJECT, Process
from infra.local.parts.s3 import BUCKET, Credentials


def s3_environment(credentials: Credentials) -> dict[str, str]:
    """Who may speak to the S3, and of which bucket."""
    return {
        "S3_BUCKET": BUCKET,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def s3_part(folder: Path, port: int, credentials: Credentials) -> Part:
    """S3, with its bucket made."""
    server = s3.S3(s3.process(folder / "s3", port, credentials, folder / "s3.log"), port, credentials)
    return Part("s3", server.answers, server.process)


def simulator_part(folder: Path, port: int) -> Part:
    """The provider: plain HTTP both ways, as the ledger speaks TLS for it."""
    process = Process(
        "simulator",
        [sys.executable, "-m", "infra.simulator", "--port", str(port)],
        folder=PROJECT,
        log=folder / "simulator.log",
    )
    return Part("simulator", lambda: simulator.answers(port), process)


def stack_part(folder: Path, variables: Mapping[str, str], simulated: str) -> Part:
    """`python -m infra.local` against our S3; it says its line whenever it has become ready."""
    command = [
        *(
            sys.executable,
            "-m",
            "infra.local",
            "--json",
            "--without-console",
            "--data",
            str(folder / "stack"),
        ),
        *("--allow-source", simulated.removeprefix("http://"), "--evolink-api", simulated),
    ]
    process = Process(
        "stack",
        command,
        folder=PROJECT,
        log=folder / "stack.log",
        environment={**os.environ, **variables, "EVOLINK_API_KEY": "simulator", "REDIS_URL": ""},
    )
    return Part("stack", lambda: bool(_lines(folder)), process, stop_s=60.0)


def worker_part(folder: Path, variables: Mapping[str, str]) -> Part:
    """The worker of another host."""
    process = Process(
        "second",
        [sys.executable, "-m", "workers"],
        folder=PROJECT,
        log=folder / "stack" / "log" / "second.log",
        environment={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
    )
    return Part("second", lambda: True, process)


def _lines(folder: Path) -> list[Any]:
    log = folder / "stack.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"callbacks"')]


def line(folder: Path) -> Any:
    """What the stack said last of where things are."""
    return _lines(folder)[-1]
