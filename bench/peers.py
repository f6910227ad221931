"""The others, in a venv of their own, so that nothing of theirs is ever beside ours.

peers.in      what is wanted of them, pinned
peers.txt     all that this brings, pinned, with hashes (`make lock`)
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from bench.errors import BenchError

PINS = Path(__file__).parent / "peers.txt"
_MAKE_S, _INSTALL_S, _ASK_S = 120, 900, 30
_ASK = """
import importlib.metadata, json
print(json.dumps({each.metadata["Name"].lower(): each.version for each in importlib.metadata.distributions()}))
"""


def installed(folder: Path) -> Path:
    """The Python of the peers' venv in this folder, made anew when the pins have changed.

    Raises:
        BenchError: if it cannot be made.
    """
    python = folder / "bin" / "python"
    stamp = folder / ".installed"
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == pins:
        return python
    sys.stderr.write(f"Installing the peers into {folder} ...\n")
    _do([sys.executable, "-m", "venv", "--clear", str(folder)], _MAKE_S)
    # The pins are complete: nothing is to be resolved.
    install = [*("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps")]
    _do([str(python), *install, "--require-hashes", "-r", str(PINS)], _INSTALL_S)
    stamp.write_text(pins, encoding="utf-8")
    return python


def versions(python: Path) -> dict[str, str]:
    """The versions of all that stands in the venv, by name in lower case."""
    told = subprocess.run([python, "-c", _ASK], capture_output=True, timeout=_ASK_S, check=True).stdout
    found: dict[str, str] = json.loads(told)
    return found


def _do(command: list[str], within_s: float) -> None:
    try:
        done = subprocess.run(command, timeout=within_s, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"Not done within {within_s:g} s: {' '.join(command)}") from None
    if done.returncode:
        raise BenchError(f"This failed: {' '.join(command)}")
