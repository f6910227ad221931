"""The units of `infra/deploy/vm`, read by systemd itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.door.lone_receiver import ROOT

VM = ROOT / "infra" / "deploy" / "vm"
SERVICES = sorted(VM.glob("*.service"))
UNITS = [*SERVICES, *VM.glob("*.socket")]
PYTHON = "/opt/fixative/current/.venv/bin/python"
# Of 10, which is no sandbox. systemd calls what is below 3 OK; these have 1.4 with systemd 252.
MOST_EXPOSED = 3.0

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")


@pytest.fixture
def here(tmp_path: Path) -> list[str]:
    """The units with a Python that is there; without it systemd would say no more than that."""
    for unit in UNITS:
        # A unit of a template is verified as one of its instances.
        text = unit.read_text(encoding="utf-8").replace(PYTHON, sys.executable)
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text, encoding="utf-8")
    return sorted(map(str, tmp_path.iterdir()))


def test_systemd_finds_nothing_wrong(here: list[str]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *here], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "fixative" in line]

    assert (0, []) == (done.returncode, ours)


def test_systemd_would_find_a_word_that_it_does_not_know(here: list[str]) -> None:
    unit = Path(next(name for name in here if name.endswith("receiver.service")))
    unit.write_text(unit.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *here], capture_output=True, text=True, check=False
    )

    assert "NoNewPrivilege" in done.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_stands_in_a_sandbox(service: Path) -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(service)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    [level] = re.findall(r"exposure level for \S+: ([\d.]+)", said)

    assert float(level) < MOST_EXPOSED


def test_the_script_says_what_is_missing_and_changes_nothing() -> None:
    done = subprocess.run(
        [str(VM / "install.sh")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHON": "/usr/bin/false"},
    )

    assert 1 == done.returncode
    assert "/usr/bin/false is not Python 3.11" in done.stderr or "run it as root" in done.stderr
    assert not Path("/opt/fixative").exists()
