"""`terraform test` of infra/deploy/aws, with the provider played: no account, and no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.deploy.terraform import Terraform


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    made = Terraform(tmp_path_factory.mktemp("terraform"))
    missing = made.prepare()
    if missing:
        pytest.skip(missing)
    return made


def test_every_file_is_written_as_terraform_writes_it(terraform: Terraform) -> None:
    assert not terraform.run("fmt", "-check", "-recursive").stdout


@pytest.mark.thorough
def test_what_the_module_promises_holds(terraform: Terraform) -> None:
    terraform.run("test")


def test_nothing_that_terraform_writes_is_in_the_repository(terraform: Terraform) -> None:
    ignored = Path(".gitignore").read_text(encoding="utf-8").split()

    assert (terraform.folder / ".terraform.lock.hcl").exists()
    assert {".terraform/", ".terraform.lock.hcl", "*.tfstate", "*.tfstate.*", "*.tfvars"} <= set(ignored)
