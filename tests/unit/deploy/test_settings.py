"""What is deployed is set by settings that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.env_file import read
from runtime.settings.every import names
from tests.unit.deploy.named import DEPLOY, FILES, FOREIGN, named_in

SETTING = [path for path in FILES if named_in(path)]
ENVIRONMENTS = [path for path in FILES if path.name == "environment" or path.suffix == ".env"]


@pytest.mark.parametrize("path", SETTING, ids=lambda path: str(path.relative_to(DEPLOY.parent)))
def test_no_file_sets_what_no_process_reads(path: Path) -> None:
    assert set() == named_in(path) - set(names()) - FOREIGN


@pytest.mark.parametrize("folder", sorted({path.parent for path in ENVIRONMENTS}), ids=lambda path: path.name)
def test_environment_files_are_read_by_the_command_as_well(folder: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in ENVIRONMENTS if path.parent == folder]
    told = {name for text in texts for name in read(text)}

    assert {"S3_BUCKET", "REDIS_URL", "TICKET_KEYS", "PUBLIC_URL"} <= told


def test_a_name_that_is_no_setting_would_be_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.env"
    wrong.write_text("S3_BUKET=x\n#REDIS_URI=y\n")

    assert {"S3_BUKET", "REDIS_URI"} == named_in(wrong) - set(names())
