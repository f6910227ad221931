"""`python -m tests.fuzz TARGET SECONDS FOLDER`: fuzz one target, guided by coverage.

FOLDER keeps what was found worth trying again; a failure leaves its input there as `crash-...` and ends
with an exit code other than 0. atheris is libFuzzer for Python: https://github.com/google/atheris
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from typing import Any, Final

MAX_BYTES: Final = 4_096  # what a callback or a small image has; longer inputs find little more
SLOW_S: Final = 5  # one input that takes as long is a finding too


def main(name: str, seconds: str, folder: Path) -> None:
    """Fuzz; does not return."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(
        include=["archive", "egress", "providers", "runtime", "workers", "tests.fuzz.targets"]
    ):
        target = importlib.import_module("tests.fuzz.targets").TARGETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / f"seed-{hashlib.sha256(seed).hexdigest()[:16]}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}",
        f"-timeout={SLOW_S}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], target.take)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
