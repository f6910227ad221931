"""The peers' pins: exact, with hashes, argued for, and of our own versions where they stand for ours."""

from __future__ import annotations

import re

import pytest

from infra.supply_chain import ROOT, problems_of
from tests.unit.docs.documents import DOCS, rows_under

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[a-z0-9,]+\])?==(\S+)", re.MULTILINE)
WANTED = (ROOT / "bench" / "peers.in").read_text(encoding="utf-8")
PINS = (ROOT / "bench" / "peers.txt").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _versions(text: str) -> dict[str, str]:
    return {name: version for name, _, version in _PIN.findall(text)}


def test_every_pin_has_hashes_and_what_is_wanted_is_there() -> None:
    wanted = [line for line in WANTED.splitlines() if line and not line.startswith("#")]
    quoted = ", ".join(f'"{line}"' for line in wanted)

    assert [] == problems_of(PINS, f"[build-system]\nrequires = []\n[project]\ndependencies = [{quoted}]\n")


@pytest.mark.parametrize(
    "name", ["celery", "httptools", "isal", "pillow", "redis", "starlette", "uvicorn", "uvloop"]
)
def test_what_stands_for_ours_has_our_version(name: str) -> None:
    assert _versions(LOCK)[name] == _versions(PINS)[name]


def test_each_peer_has_its_line_and_no_other_has() -> None:
    rows = rows_under(DOCS / "dependencies.md", "Peers of the bench")

    assert sorted(f"{name}{extra}" for name, extra, _ in _PIN.findall(WANTED)) == [row[0] for row in rows]
    assert [] == [row[0] for row in rows if len([cell for cell in row if cell]) != 3]
