"""Each fuzz target for a while (FUZZ_SECONDS, 2 by itself; `make fuzz` takes longer): nothing is found."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tests.fuzz.targets import TARGETS

SECONDS: Final = int(os.environ.get("FUZZ_SECONDS") or 2)
START_S: Final = 60  # instrumenting takes two or three
ROOT: Final = Path(__file__).resolve().parents[2]

# Where there is a wheel of it, CI must have it; elsewhere, as on Python 3.14, nobody can.
_FUZZ: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][
    "fuzz"
]
THERE_IS_A_WHEEL: Final = all(
    marker is None or marker.evaluate() for marker in (Requirement(line).marker for line in _FUZZ)
)

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None and not (THERE_IS_A_WHEEL and os.environ.get("CI") == "true"),
    reason="atheris is not installed: it has wheels for Linux and CPython up to 3.13",
)


@needs_atheris
@pytest.mark.timeout(SECONDS + 2 * START_S)
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_by_fuzzing(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "tests.fuzz", name, str(SECONDS), str(tmp_path)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + START_S, check=False
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    tried = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
    assert tried is not None
    with capsys.disabled():
        sys.stdout.write(f"\nfuzzed {name} for {SECONDS} s: {tried.group(1)} inputs\n")


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_passes(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        target.take(seed)
