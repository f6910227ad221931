"""Terraform, on a copy of `infra/deploy/aws`: it writes beside what it reads."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from infra.local.ports import free_block
from tests.unit.docs.documents import ROOT

AWS = ROOT / "infra" / "deploy" / "aws"
# Where `make terraform` leaves the plugin that it fetched.
FETCHED = ROOT / ".cache" / "terraform" / "providers"


class Terraform:
    """A copy of the module, with the plugin that is on this machine already; nothing is fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "aws"
        shutil.copytree(AWS, self.folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        # Nobody listens there: a registry is not asked, and the answer comes soon.
        nowhere = f"http://127.0.0.1:{free_block(1)}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))},
            "HTTPS_PROXY": nowhere,
            "NO_PROXY": "127.0.0.1,localhost",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }

    def prepare(self) -> str:
        """Let it find its plugin; why it cannot, or nothing."""
        if not shutil.which("terraform"):
            return "terraform is not on the PATH"
        how = [f"-plugin-dir={FETCHED}"] if FETCHED.is_dir() else []
        if self.run("init", "-backend=false", *how, check=False).returncode:
            return "terraform's plugin for AWS is not on this machine: `make terraform` fetches it"
        return ""

    def run(self, *words: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """One command; what it says is in the failure. `more` is more of its environment."""
        done = subprocess.run(
            ["terraform", *words[:1], "-no-color", *words[1:]],
            cwd=self.folder,
            env=self._environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done
