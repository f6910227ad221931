"""`make up` says in a sentence what it cannot start with, before any server is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from infra.local import __main__ as local


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that says nothing of servers."""
    for name in ("REDIS_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    # No server is on it: one that was to be started would be told in place of what is looked for.
    monkeypatch.setitem(os.environ, "PATH", "/nowhere")


def _run(monkeypatch: pytest.MonkeyPatch, data: Path) -> int:
    monkeypatch.setattr(sys, "argv", ["infra.local", "--data", str(data)])
    return local.main()


def test_settings_that_no_process_would_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:99999999")

    assert 1 == _run(monkeypatch, tmp_path / "var")
    told = capsys.readouterr().err
    assert "LOG_LEVEL (4 characters of text): it has another form." in told
    assert "S3_ENDPOINT" in told


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    assert 1 == _run(monkeypatch, tmp_path / "file" / "var")
    assert "Not a directory. The stack keeps its data in" in capsys.readouterr().err
