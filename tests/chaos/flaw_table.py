"""Every planted flaw in a short run of its own: the suite must fail with each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from infra.local.parts.process import PROJECT
from tests.chaos.inside.flaws import FLAWS

# Two minutes and more on a quiet machine; beside much other work it took ten.
_RUN_S = 1_800.0
CAUGHT = 1


def names() -> list[str]:
    """What may be planted."""
    return sorted(FLAWS)


def flaw_table(folder: Path, seed: int, only: Iterable[str] | None) -> int:
    """Run each, print a Markdown table; 1 if one was not caught."""
    rows = ["| flaw | what it does | what the balance says |", "| --- | --- | --- |"]
    caught = True
    for name in only or names():
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.chaos",
                "--flaw",
                name,
                "--seed",
                str(seed),
                "--folder",
                str(folder / name),
            ],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=_RUN_S,
            check=False,
        )
        (folder / f"{name}.txt").write_text(done.stdout + done.stderr)
        caught = caught and done.returncode == CAUGHT
        told = (FLAWS[name].__doc__ or "").strip()
        rows.append(f"| {name} | {told} | {_verdict(done)} |")
        sys.stdout.write(f"{rows[-1]}\n")
        sys.stdout.flush()
    sys.stdout.write("\n" + "\n".join(rows) + "\n")
    return 0 if caught else 1


def _verdict(done: subprocess.CompletedProcess[str]) -> str:
    """The number of differences and the first of them."""
    lines = done.stdout.splitlines()
    place = next((number for number, line in enumerate(lines) if line.endswith("DIFFERENCES")), None)
    if done.returncode != CAUGHT or place is None:
        return f"NOT CAUGHT (exit code {done.returncode})"
    return f"{lines[place].lower()}; first: {lines[place + 1].removeprefix('  - ')[:140]}"
