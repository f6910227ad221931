"""`fixative url`, and what all verbs share on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive import tickets
from archive.records.order import Claims
from console.cli.verbs import VERBS, cli

KEY = tickets.new_key("k1")
PUBLIC = {"TICKET_KEYS": KEY, "PUBLIC_URL": "https://hooks.example.com", "S3_BUCKET": ""}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No var/stack.env beside the test."""
    monkeypatch.chdir(tmp_path)
    for name in ("S3_BUCKET", "TICKET_KEYS", "PUBLIC_URL", "REDIS_URL", "HOST", "PORT", "TLS_CERT"):
        monkeypatch.delenv(name, raising=False)


def run(*words: str, **environment: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, words, env=environment)


def claims_of(url: str) -> Claims:
    """What the ticket of a URL says."""
    return tickets.read(url.rpartition("/")[2], "evolink", tickets.read_keys(KEY), datetime.now(UTC))


def test_a_url_is_printed_alone() -> None:
    result = run("url", "--provider", "evolink", **PUBLIC)
    assert (result.exit_code, result.stderr) == (0, "")
    assert claims_of(result.stdout.strip()) == Claims()


def test_what_is_said_of_the_order_is_signed_into_it() -> None:
    words = ["url", "--provider", "evolink", "--model", "gpt-image-2", "--size", "16:9", "--resolution", "2K",
             "--quality", "high", "--format", "JPG", "--n", "3", "--label", "a/b", "--json"]  # fmt: skip
    result = run(*words, **PUBLIC)
    assert claims_of(json.loads(result.stdout)["url"]) == Claims(
        model="gpt-image-2", size="16:9", resolution="2K", quality="high", output_format="jpeg", n=3, label="a/b"
    )  # fmt: skip


def test_a_url_expires_when_asked_to() -> None:
    claims = claims_of(run("url", "--provider", "evolink", "--ttl", "7d", **PUBLIC).stdout.strip())
    expires = datetime.fromtimestamp(claims.expires_unix_s or 0, UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--provider", "nobody"],
        ["--provider", "evolink", "--ttl", "47h"],
        ["--provider", "evolink", "--ttl", "soon"],
        ["--provider", "evolink", "--label", "-x"],
        ["--provider", "evolink", "--label", "a" * 65],
        ["--provider", "evolink", "--model", ""],
        ["--provider", "evolink", "--model", "gpt-image-1", "--size", "16:9"],
        ["--provider", "evolink", "--n", "0"],
        ["--provider", "evolink", "--n", "11"],
        ["--new-key", "no id"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(words: list[str]) -> None:
    result = run("url", *words, **PUBLIC)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error" in result.stderr


@pytest.mark.parametrize(
    "public_url",
    ["http://hooks.example.com", "https://localhost", "https://127.0.0.1:8443", "https://10.1.1.1"],
)
def test_a_public_url_that_a_provider_would_refuse_is_refused(public_url: str) -> None:
    result = run("url", "--provider", "evolink", **PUBLIC | {"PUBLIC_URL": public_url})
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_local_stacks_address_is_minted_for_with_a_note() -> None:
    local = {"PUBLIC_URL": "https://127.0.0.1:9001", "HOST": "127.0.0.1", "PORT": "9001"}
    result = run("url", "--provider", "evolink", **PUBLIC | local | {"TLS_CERT": "c", "TLS_KEY": "k"})
    assert result.exit_code == 0
    assert "cannot reach it" in result.stderr


def test_an_unknown_model_is_minted_for_with_a_note() -> None:
    result = run("url", "--provider", "evolink", "--model", "seedream-9", **PUBLIC)
    assert result.exit_code == 0
    assert "no model known here" in result.stderr


def test_a_new_key_needs_no_settings_and_is_one() -> None:
    result = run("url", "--new-key", "k2")
    assert list(tickets.read_keys(result.stdout.strip())) == ["k2"]


def test_a_new_key_has_an_id_of_its_own_where_none_is_said() -> None:
    assert len(tickets.read_keys(json.loads(run("url", "--json", "--new-key").stdout)["key"])) == 1


def test_without_any_settings_it_is_said_what_to_do() -> None:
    result = run("url", "--provider", "evolink")
    assert result.exit_code == 2
    assert all(word in result.stderr for word in ("TICKET_KEYS", "PUBLIC_URL", "--env FILE", "make up"))


def test_the_file_of_the_local_stack_is_read_and_said() -> None:
    Path("var").mkdir()
    Path("var/stack.env").write_text("".join(f"{name}={value}\n" for name, value in PUBLIC.items()))
    result = run("url", "--provider", "evolink", **dict.fromkeys(PUBLIC, ""))
    assert (result.exit_code, result.stderr) == (0, "using the local stack of var/stack.env\n")


def test_a_file_that_is_named_is_read() -> None:
    Path("other.env").write_text("".join(f"{name}={value}\n" for name, value in PUBLIC.items()))
    result = run("--env", "other.env", "url", "--provider", "evolink", **dict.fromkeys(PUBLIC, ""))
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_named_file_that_is_not_there_is_a_usage_error() -> None:
    assert run("--env", "none.env", "url", "--provider", "evolink").exit_code == 2


def test_the_help_lists_every_verb() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {verb} " in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_and_json(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_an_unknown_verb_is_a_usage_error() -> None:
    assert run("nonsense").exit_code == 2
