"""Programs that Debian brings: installed where we may, else named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError

_UPDATE_S, _INSTALL_S = 120, 240


_POSTGRES = Path("/usr/lib/postgresql")


def postgres_programs() -> Path:
    """The folder of the newest PostgreSQL that Debian has installed, which is on nobody's PATH.

    Raises:
        BenchError: if there is none.
    """
    found = [folder for folder in _POSTGRES.glob("*/bin") if (folder / "initdb").exists()]
    if not found:
        raise BenchError("The bench needs PostgreSQL. On Debian and Ubuntu: apt-get install postgresql")
    return max(found, key=lambda folder: float(folder.parent.name))


def _is_there(package: str) -> bool:
    if package == "postgresql":
        return any(_POSTGRES.glob("*/bin/initdb"))
    return shutil.which(package) is not None


def have(packages: Sequence[str]) -> None:
    """Make sure that the programs of these packages are there: on the PATH, named alike, or where Debian keeps them.

    Raises:
        BenchError: with the packages to install.
    """
    missing = [package for package in packages if not _is_there(package)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command, within_s in ((["apt-get", "update", "-qq"], _UPDATE_S), (install, _INSTALL_S)):
            subprocess.run(command, env=quiet, timeout=within_s, check=False, stdout=subprocess.DEVNULL)
        missing = [package for package in missing if not _is_there(package)]
    if missing:
        raise BenchError(
            f"The bench needs {' and '.join(missing)}. On Debian and Ubuntu: apt-get install {' '.join(missing)}"
        )
