"""Only what a verb needs is demanded, and a file of variables is read whole or refused."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from archive import tickets
from archive.errors import SettingsRefused
from console.cli import stack_file
from console.cli.desk import Reading
from console.cli.verbs.submit import Submitting
from console.submitting.minting import Minting
from runtime.settings.address import PublicAddress
from runtime.settings.queue import QueueSettings

KEY = tickets.new_key("k1")


def test_minting_needs_no_bucket_and_no_redis() -> None:
    told = {"TICKET_KEYS": KEY, "PUBLIC_URL": "https://hooks.example.com", "S3_BUCKET": "", "REDIS_URL": "?"}
    assert Minting.read(told).address.public_url == "https://hooks.example.com"


def test_a_mistake_in_what_is_not_needed_is_not_looked_at() -> None:
    assert Reading.read({"S3_BUCKET": "kept", "PORT": "x"}).store.s3_bucket == "kept"


def test_all_problems_are_told_at_once() -> None:
    told = {"TICKET_KEYS": "bad", "S3_ENDPOINT": "nonsense", "REDIS_URL": "http://user:hunter2@host"}
    with pytest.raises(SettingsRefused) as refused:
        Submitting.read(told)
    names = sorted(problem.split()[0].rstrip(":") for problem in refused.value.problems)
    assert names == ["PUBLIC_URL", "REDIS_URL", "S3_BUCKET", "S3_ENDPOINT", "TICKET_KEYS"]
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://x", "redis://[", "redis://h:port/0", "nonsense", "redis://h:0"])
def test_what_is_no_url_of_a_redis_is_refused(url: str) -> None:
    with pytest.raises(SettingsRefused, match=r"REDIS_URL \(\d+ characters of text\): it"):
        QueueSettings.read({"REDIS_URL": url})


def test_a_file_of_variables_is_read(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("# a comment\n\nS3_BUCKET=kept\nTICKET_KEYS=a:b=\nEMPTY=\n")
    assert stack_file.read(path) == {"S3_BUCKET": "kept", "TICKET_KEYS": "a:b=", "EMPTY": ""}


def test_the_values_of_a_file_are_adopted_without_white_space_around() -> None:
    environment: dict[str, str] = {}
    stack_file.adopt(environment, {"AWS_SECRET_ACCESS_KEY": " secret", "S3_BUCKET": "\tkept "})
    assert environment == {"AWS_SECRET_ACCESS_KEY": "secret", "S3_BUCKET": "kept"}


def test_a_public_url_of_white_space_is_none() -> None:
    with pytest.raises(SettingsRefused, match="PUBLIC_URL is not set"):
        PublicAddress.read({"PUBLIC_URL": " \n"})


def test_a_line_that_is_no_variable_is_named_by_its_number_alone(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("S3_BUCKET=kept\nhunter2 words\n")
    with pytest.raises(click.UsageError, match="line 2 is not NAME=value") as refused:
        stack_file.read(path)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="cannot be read"):
        stack_file.read(tmp_path / "none")


def test_with_the_credentials_of_a_file_those_of_the_shell_go() -> None:
    environment = {"AWS_SESSION_TOKEN": "old", "AWS_PROFILE": "old", "HOME": "/"}
    stack_file.adopt(environment, {"AWS_ACCESS_KEY_ID": "new", "S3_BUCKET": "kept"})
    assert environment == {"AWS_ACCESS_KEY_ID": "new", "S3_BUCKET": "kept", "HOME": "/"}
