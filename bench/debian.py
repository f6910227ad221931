"""Programs that Debian brings: installed where we may, else named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from bench.errors import BenchError

_UPDATE_S, _INSTALL_S = 120, 240


def have(packages: Sequence[str]) -> None:
    """Make sure that the programs of these packages, named alike, are on the PATH.

    Raises:
        BenchError: with the packages to install.
    """
    missing = [package for package in packages if not shutil.which(package)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command, within_s in ((["apt-get", "update", "-qq"], _UPDATE_S), (install, _INSTALL_S)):
            subprocess.run(command, env=quiet, timeout=within_s, check=False, stdout=subprocess.DEVNULL)
        missing = [package for package in missing if not shutil.which(package)]
    if missing:
        raise BenchError(
            f"The bench needs {' and '.join(missing)}. On Debian and Ubuntu: apt-get install {' '.join(missing)}"
        )
