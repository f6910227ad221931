"""The program with which this machine shows pictures, where it has a screen for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# https://www.freedesktop.org/wiki/Software/xdg-utils/ and macOS's own.
_OPENERS = {"linux": "xdg-open", "darwin": "open"}
# One that finds no viewer says so by its exit code, soon; one that stays has become the viewer.
_FAILS_WITHIN_S = 2.0


def viewer_here(environment: Mapping[str, str]) -> str | None:
    """The program that opens a file in whatever shows it, or None where nobody would see that."""
    opener = shutil.which(_OPENERS.get(sys.platform, ""), path=environment.get("PATH"))
    screen = sys.platform != "linux" or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return opener if screen else None


def shown(viewer: str, what: Path | str) -> bool:
    """Open a picture or a page; whether that went well, as far as the program says."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the system's own opener, and a file or an address of ours
            [viewer, str(what)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C here does not close the viewer there.
            start_new_session=True,
        )
        return process.wait(_FAILS_WITHIN_S) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False
