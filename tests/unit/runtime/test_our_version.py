"""Who runs from a folder that nobody installed tells its version all the same."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from console.cli.verbs import cli
from runtime.heartbeat import PACKAGES, _code_digest, _version_beside, our_build, our_version
from tests.unit.docs.documents import ROOT, name_of, text_of
from tests.unit.docs.sources import PACKAGES as SOURCES


def test_the_folder_tells_the_version_that_the_installed_package_tells(tmp_path: Path) -> None:
    assert our_version() == _version_beside(ROOT)
    assert "unknown" == _version_beside(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert "unknown" == _version_beside(tmp_path)


def test_the_command_tells_it() -> None:
    assert f"fixative, version {our_build()}\n" == CliRunner().invoke(cli, ["--version"]).output


def test_a_build_tells_other_code_of_the_same_version(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "archive" / "one.py").write_text("A = 1\n")
    first = _code_digest(tmp_path)
    (tmp_path / "archive" / "one.txt").write_text("no code")
    assert first == _code_digest(tmp_path)
    (tmp_path / "archive" / "one.py").write_text("A = 2\n")

    assert first != _code_digest(tmp_path)
    assert our_build().startswith(f"{our_version()}+")


def test_every_package_that_a_process_runs_is_in_its_build() -> None:
    assert set(PACKAGES) == set(SOURCES) - {"bench", "infra"}


def test_nobody_else_asks_for_the_packages_metadata() -> None:
    sources = [path for folder in SOURCES if folder != "bench" for path in (ROOT / folder).rglob("*.py")]

    assert ["runtime/heartbeat.py"] == [
        name_of(path) for path in sources if "importlib.metadata" in text_of(path)
    ]
