"""Images and containers by podman, on a machine that has no daemon and reaches no registry of images.

The base is Debian's own, made by mmdebstrap, since python:3.13-slim cannot be had everywhere. It needs root, and
Debian's podman, runc and mmdebstrap.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "infra" / "deploy" / "image" / "Dockerfile"
# Made once on a machine: it takes a minute and more.
ROOT_FILES = ROOT / ".cache" / "base.tar"
BASE, IMAGE = "localhost/base", "localhost/fixative"
# As compose.yaml has it, but for the network: here it is this machine's own.
HARDENED = (
    "--read-only",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp:size=1g,mode=1777",
)
LIMITS = ("--ulimit=nofile=8192:8192", "--ulimit=nproc=4096:4096")


class Built(NamedTuple):
    """The images by name, and how many bytes each takes in all."""

    base_bytes: int
    image_bytes: int


class Podman:
    """Images and containers of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = [
            "podman", "--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver=overlay",
            "--cgroup-manager=cgroupfs", "--runtime=runc",
        ]  # fmt: skip

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run podman."""
        done = subprocess.run(
            [*self._words, *words], capture_output=True, text=True, timeout=900, check=False
        )
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done

    def build(self) -> Built:
        """Build the image from the Dockerfile as it stands."""
        if not ROOT_FILES.exists():
            ROOT_FILES.parent.mkdir(exist_ok=True)
            made = ROOT_FILES.with_suffix(".new.tar")
            packages = "python3,python3-venv,ca-certificates"
            words = ["mmdebstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(made)]
            subprocess.run(words, check=True, capture_output=True)
            made.replace(ROOT_FILES)
        self.run("import", str(ROOT_FILES), BASE)
        self.run(
            "build", "--isolation=chroot", "--network=host", "--format=docker", f"--build-arg=BASE={BASE}",
            *_package_sources(), f"--file={DOCKERFILE}", f"--tag={IMAGE}", str(ROOT),
        )  # fmt: skip
        return Built(*(int(self.run("inspect", "--format={{.Size}}", name).stdout) for name in (BASE, IMAGE)))

    def start(self, name: str, environment: Mapping[str, str], command: Sequence[str], *more: str) -> None:
        """Start a container of the image."""
        told = [f"--env={name}={value}" for name, value in environment.items()]
        self.run(
            "run",
            "--detach",
            "--network=host",
            f"--name={name}",
            *HARDENED,
            *LIMITS,
            *more,
            *told,
            IMAGE,
            *command,
        )

    def inside(self, name: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in a container."""
        return self.run("exec", name, *words, check=check)

    def log(self, name: str) -> str:
        """What a container has said."""
        done = self.run("logs", name)
        return done.stdout + done.stderr

    def clear_away(self) -> None:
        """Stop and remove every container, and let go of the folder."""
        self.run("rm", "--all", "--force", "--time=10")
        mounted = [
            line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        ]
        for path in sorted((path for path in mounted if path.startswith(f"{self._folder}/")), reverse=True):
            subprocess.run(["umount", path], check=True)


def _package_sources() -> Iterator[str]:
    """What pip on this machine is told besides the index, for the pip of the build: as arguments, and as volumes."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    values = dict(re.findall(r"^\S+?[.]([\w-]+)='(.*)'$", told.stdout, re.MULTILINE))
    for name in ("cert", "extra-index-url", "find-links"):
        if value := values.get(name, ""):
            yield f"--build-arg=PIP_{name.replace('-', '_').upper()}={value}"
            # An index of files has its files beside it.
            paths = [Path(word) for word in value.split() if word.startswith("/")]
            paths += [
                Path(word.removeprefix("file://")).parent
                for word in value.split()
                if word.startswith("file:")
            ]
            yield from (f"--volume={path}:{path}:ro" for path in paths if path.exists())
