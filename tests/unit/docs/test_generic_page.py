"""The page on gateways: its files are what they say, and its commands print what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.verbs import cli
from providers.generic.declared import gateways_in
from providers.generic.gateway import Gateway, Query, Signature, Words
from tests.unit.docs.documents import DOCS, text_of

TEXT = text_of(DOCS / "generic.md")
FILES = dict(re.findall(r"^`([a-z.]+)`:\n\n```[a-z]+\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
SHOWN = re.findall(r"^```console\n\$ fixative ([^\n]+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("words", "printed"), SHOWN, ids=[words for words, _ in SHOWN])
def test_a_command_prints_what_is_shown(
    words: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    told = CliRunner().invoke(cli, words.split(), env={"COLUMNS": "200"})
    assert (0, printed.split("\n")) == (told.exit_code, [line.rstrip() for line in told.stdout.split("\n")])


def test_every_field_stands_in_the_table() -> None:
    table = TEXT[TEXT.index("## The fields") :]
    fields = [
        name
        for kind in (Gateway, Query, Signature, Words)
        for name in kind.__struct_fields__
        if name != "name"
    ]
    assert [] == [name for name in fields if f"`{name}`" not in table]
    assert ["pixelmill"] == list(gateways_in(FILES["gateways.toml"]))
