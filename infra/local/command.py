"""How the `fixative` command is written so that it works as it is printed."""

from __future__ import annotations

import shlex
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from infra.local.options import DATA


def fixative_for(data: Path, beside: Path, shell: Mapping[str, str]) -> str:
    """The words that call it in the folder `beside` for the stack in `data`: `.venv/bin/fixative --env FILE`.

    The file is left out where the command finds it by itself.
    """
    program = Path(sysconfig.get_path("scripts")) / "fixative"
    found = shutil.which("fixative", path=shell.get("PATH"))
    on_path = found is not None and Path(found).absolute() == program.absolute()
    words = ["fixative" if on_path else short(program, beside)]
    if data.absolute() != (beside / DATA).absolute() or shell.get("S3_BUCKET"):
        words += ["--env", short(data / "stack.env", beside)]
    return shlex.join(words)


def short(path: Path, beside: Path) -> str:
    """A path relative to a folder, where it is in it."""
    return str(path.relative_to(beside)) if path.is_relative_to(beside) else str(path)
