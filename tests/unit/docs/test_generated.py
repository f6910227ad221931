"""What the documents take from the code is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.unknown import Open
from runtime.env_file import read
from runtime.settings.every import EverySetting, names
from runtime.settings.group import description
from runtime.settings.settings import fields_of
from tests.fakes.words import kept, lost, manifest
from tests.unit.docs.documents import ROOT, name_of, text_of
from tests.unit.docs.generated import FILES, HOW, schema


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    assert path.exists(), HOW
    text = text_of(path)

    assert FILES[path](text) == text, HOW


def test_the_example_of_a_file_of_settings_is_one_and_shows_the_defaults() -> None:
    filled = {"S3_BUCKET": "images", "REDIS_URL": "redis://localhost", "TICKET_KEYS": f"k1:{'ab' * 32}"}
    text = text_of(ROOT / ".env.example")
    shown = read(re.sub(r"^#(?=[A-Z])", "", text, flags=re.MULTILINE))

    assert set(filled) == set(read(text))
    assert set(names()) | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} == set(shown)
    assert EverySetting.read(filled) == EverySetting.read(shown | filled)


def test_every_setting_has_a_sentence() -> None:
    assert [] == [
        field.name
        for field in fields_of(EverySetting)
        if not description(field).endswith((".", "...", "https://host"))
    ]


@pytest.mark.parametrize("word", [Manifest, DeadLetter])
def test_a_schema_describes_every_field(word: type[msgspec.Struct]) -> None:
    told = msgspec.json.decode(schema(word))

    fields = {field.encode_name for field in msgspec.structs.fields(word)}
    fields -= {field.encode_name for field in msgspec.structs.fields(Open)}
    assert fields == set(told["$defs"][word.__name__]["properties"])


def test_a_manifest_says_everything_that_its_schema_requires() -> None:
    told = msgspec.json.decode(schema(Manifest))
    written = msgspec.json.decode(manifest(kept(0), lost(1)).to_json())

    for name, part in (("Manifest", written), ("KeptAsset", written["assets"][0])):
        shape = told["$defs"][name]
        assert set() == set(shape["required"]) - set(part)
        assert set() == set(part) - set(shape["properties"])
