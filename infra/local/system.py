"""What this machine must have before anything is downloaded. `python infra/local/system.py`: exit code 1 and a sentence.

Run as a file, with whatever Python there is and before anything of ours is installed: it imports nothing of ours.
The local stack's Redis and S3 come as wheels, where there are some; elsewhere a server must be there.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

# As the markers of the extra `local` in pyproject.toml have it; a test holds the two together.
REDIS_WHEELS = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")}
S3_WHEELS = {("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")}
# The wheels of both are for manylinux_2_28: Debian 10, RHEL 8, Ubuntu 18.10 and what came later.
GLIBC = (2, 28)
REDIS_PROGRAMS = ("redis-server", "valkey-server")
S3_PROGRAM = "weed"

Which = Callable[[str], "str | None"]


class System(NamedTuple):
    """A kind of machine; `glibc` is empty where there is another C library."""

    name: str
    machine: str
    glibc: tuple[int, ...]

    def __str__(self) -> str:
        """As people call it."""
        return f"{self.name} {self.machine}"


def this() -> System:
    """The kind of this machine."""
    name, version = platform.libc_ver()
    known = name == "glibc" and all(part.isdigit() for part in version.split("."))
    glibc = tuple(int(part) for part in version.split(".")) if known else ()
    return System(sys.platform, platform.machine(), glibc)


def lacks(system: System, environment: Mapping[str, str], which: Which) -> list[str]:
    """What is not there and cannot be had, a sentence each, with what to do."""
    if system.name == "linux" and system.glibc < GLIBC:
        needed = ".".join(map(str, GLIBC))
        sentence = (
            f"This {system} has no glibc {needed} or newer (Alpine has none at all), for which the packages are "
            "built. Use a system like Debian 10, Ubuntu 20.04, RHEL 8 or newer."
        )
        return [sentence]
    place = (system.name, system.machine)
    sentences = []
    if place not in REDIS_WHEELS and not environment.get("REDIS_URL") and not any(map(which, REDIS_PROGRAMS)):
        sentences.append(
            f"There is no Redis in a package of Python's for {system}: install one (redis-server or valkey-server "
            "on the PATH), or set REDIS_URL to one that runs elsewhere."
        )
    if place not in S3_WHEELS and not environment.get("S3_ENDPOINT") and not which(S3_PROGRAM):
        sentences.append(
            f"There is no S3 in a package of Python's for {system}: install SeaweedFS (weed on the PATH), or set "
            "S3_ENDPOINT, S3_BUCKET and the AWS variables to an S3 that runs elsewhere."
        )
    return sentences


def main() -> int:
    """Say what is not there."""
    sentences = lacks(this(), os.environ, shutil.which)
    sys.stderr.writelines(f"{sentence}\n" for sentence in sentences)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
