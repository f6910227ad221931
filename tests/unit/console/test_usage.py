"""What makes no sense is a usage error: exit code 2, a sentence, and nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import tickets
from console.cli.verbs import cli

# Nothing listens there, and nobody is asked before the words make sense.
SETTINGS = {
    "S3_BUCKET": "kept",
    "S3_ENDPOINT": "http://127.0.0.1:1",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "TICKET_KEYS": tickets.new_key("k1"),
    "PUBLIC_URL": "https://hooks.example.com",
    "EVOLINK_API": "https://api.evolink.ai",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "s",
}


@pytest.mark.parametrize(
    "words",
    [
        ["ls", "--since", "soon"],
        ["ls", "--day", "today", "--since", "2h"],
        ["ls", "--status", "done"],
        ["ls", "--provider", "nobody"],
        ["ls", "--limit", "0"],
        ["ls", "--finding", "ugly"],
        ["ls", "--since", "999999w"],
        ["failed", "--reason", "no_such_reason"],
        ["show"],
        ["show", "../../etc/passwd"],
        ["show", "evolink/a b"],
        ["get"],
        ["get", "out"],
        ["get", "task-unified-1", "--since", "1h", "out"],
        ["replay"],
        ["replay", "--dry-run"],
        ["replay", "task-unified-1", "--all"],
        ["replay", "task-unified-1", "--reason", "cut_off"],
        ["replay", "--reason", "no_such"],
        ["replay", "no such/name"],
        ["show", "-9bX"],
        ["replay", "dead/../../x.json"],
        ["replay", "--all", "--since", "today", "--until", "yesterday"],
        ["replay", "--all", "--why", "x" * 501],
        ["trigger"],
        ["trigger", "pending"],
        ["trigger", "failed", "--to", "https://hooks.example.com/elsewhere"],
        ["trigger", "failed", "--to", "https://hooks.example.com/callbacks/nobody/t"],
        ["trigger", "failed", "--to", "ftp://hooks.example.com/callbacks/evolink/t"],
        [
            "trigger",
            "failed",
            "--to",
            "https://hooks.example.com/callbacks/evolink/t",
            "--provider",
            "apiinone",
        ],
        ["trigger", "failed", "--to", "https://hooks.example.com/callbacks/evolink/t", "--label", "x"],
        ["trigger", "failed", "--source", "https://files.evolink.ai/a.png"],
        ["trigger", "failed", "--label", "-"],
        ["trigger", "completed"],
        ["get", "--since", "1h", "file"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(cli, words, env=SETTINGS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
