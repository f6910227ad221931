"""What the workflows, the hooks and the Makefile say, as a test wants it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.unit.docs.documents import ROOT, text_of

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
_RECIPE = re.compile(r"^check:.*\n((?:\t.*\n)+)", re.MULTILINE)


def read_yaml(path: Path) -> Any:
    """A file of YAML."""
    return yaml.safe_load(text_of(path))


def checks() -> list[str]:
    """The commands of `make check`, as they are in the venv."""
    found = _RECIPE.search(text_of(ROOT / "Makefile"))
    assert found
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


PYTHONS: list[str] = read_yaml(WORKFLOW)["jobs"]["all"]["strategy"]["matrix"]["python"]
