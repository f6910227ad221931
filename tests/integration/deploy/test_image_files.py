"""What the image is made of: its Dockerfile by hadolint, and its health check against a receiver."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from infra.local.ports import free_block
from tests.integration.door.lone_receiver import ROOT, LoneReceiver, receiving

IMAGE = ROOT / "infra" / "deploy" / "image"
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.defpath}")


@pytest.fixture(scope="module")
def healthy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthy", IMAGE / "healthy.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["plain", "TLS"])
def receiver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoneReceiver]:
    plain = (
        {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1"} if request.param == "plain" else {}
    )
    with receiving(tmp_path_factory.mktemp(request.param), plain) as door:
        yield door


@pytest.mark.skipif(HADOLINT is None, reason="no wheel of hadolint for this system")
def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [str(HADOLINT), str(IMAGE / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stdout)


def test_logs_are_json_where_programs_read_them_and_text_in_a_journal() -> None:
    """Compose and Kubernetes run the image, and none of their files takes its word back."""
    deploy = IMAGE.parent
    others = (file for name in ("compose", "kubernetes") for file in (deploy / name).rglob("*.*"))
    assert "\tLOG_FORMAT=json \\\n" in (IMAGE / "Dockerfile").read_text()
    assert [] == [file for file in others if "LOG_FORMAT" in file.read_text()]
    assert 'LOG_FORMAT = "json"' in (deploy / "aws" / "processes.tf").read_text()
    assert "\nLOG_FORMAT=json\n" in (deploy / "procfile" / "platform.env").read_text()
    assert "\n#LOG_FORMAT=json\n" in (deploy / "vm" / "environment").read_text()
    assert [] == [unit for unit in (deploy / "vm").glob("*.service") if "LOG_FORMAT" in unit.read_text()]


def test_each_folder_that_is_copied_is_let_in_and_nothing_else() -> None:
    words = [
        line.split() for line in (IMAGE / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")
    ]
    copied = {word.rstrip("*") for line in words if "--from=build" not in line for word in line[1:-1]}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied == let_in


def test_an_open_door_is_well_and_a_shut_one_is_not(healthy: ModuleType, receiver: LoneReceiver) -> None:
    told = {"PORT": str(receiver.port), "TLS_CERT": "chain.pem" if receiver.tls else ""}
    assert not healthy.problem(["receiver"], told)
    assert "does not answer" in healthy.problem(["receiver"], {**told, "PORT": str(free_block(1))})


def test_a_worker_is_well_while_it_lives(healthy: ModuleType, receiver: LoneReceiver, tmp_path: Path) -> None:
    assert not healthy.problem(["workers"], {})
    assert "no process of Fixative" in healthy.problem(["http.server"], {})
    assert "receiver" in healthy.running()
    del receiver
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"python\0-m\0workers\0")
    (tmp_path / "8").mkdir()
    assert ["workers"] == healthy.running(tmp_path)
