"""What makes no sense is a usage error: exit code 2, a sentence, and nothing on standard output."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import tickets
from console.cli.output import Output, open_closed
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
        # Empty, as an unset variable of a shell: a filter that chooses all would dismiss or replay too much.
        ["dismiss", "--provider", "evolink", "--since", "", "--why", "old"],
        ["replay", "--since", "7d", "--label", " ", "--yes"],
        ["get", "--label", "", "out"],
        ["fetch", "--since", ""],
        ["ls", "--day", ""],
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


def test_a_word_that_is_refused_is_not_told_without_end() -> None:
    for words in (["show", "a b" * 3000], ["url", "--provider", "evolink", "--label", "a" * 9000]):
        result = CliRunner().invoke(cli, words, env=SETTINGS)
        assert result.exit_code == 2
        assert "Error: " in result.stderr
        assert len(result.stderr) < 500


def test_a_named_task_and_a_limit_are_told_to_exclude_one_another() -> None:
    result = CliRunner().invoke(cli, ["get", "last", "--limit", "1", "out"], env=SETTINGS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "exclude one another" in result.stderr


def test_answers_go_nowhere_where_standard_output_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    open_closed()
    try:
        Output(json=True).object({"kept": 1})
    finally:
        sys.stdout.close()
