"""Words of prompts, found with the index as without it, and prompts that are read from manifests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import NotUnderstood
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.asking import match_expression
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile
from archive.library.index.index_library import IndexLibrary
from archive.library.index.prompts import left_to_look_at, read_prompts
from archive.library.query import Query
from archive.records.order import Order
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import line, put_lines
from tests.fakes.words import kept, manifest
from tests.unit.archive.library.test_text_words import FOUND, NOT_FOUND

HOSTILE = [
    'harbour" OR "night', "harbour NOT misty", "NEAR(harbour, night)", "harb*", "prompt:harbour", "^harbour", "har-bour",
    "{harbour}", "(harbour", "harbour AND", "'; DROP TABLE tasks; --", "harbour\0night", "AND", "OR", "NOT", "*", '""',
    "harbour + misty", "a" * 5_000, "harbour " * 500,
]  # fmt: skip


@pytest.fixture(scope="module")
def libraries() -> Iterator[tuple[CatalogueLibrary, IndexLibrary]]:
    bucket = MemoryBucket()
    prompts = [text for text, _ in (*FOUND, *NOT_FOUND)] + ["misty harbour not near and or", "har bour"]
    put_lines(bucket, [line(f"task-{at:04d}", prompt=text or None) for at, text in enumerate(prompts)])
    with tempfile.TemporaryDirectory() as folder:
        file = IndexFile(Path(folder) / "index.sqlite")
        Feeder(bucket, file).feed()
        yield CatalogueLibrary(bucket), IndexLibrary(bucket, file)


@pytest.mark.parametrize("text", [*(asked for _, asked in (*FOUND, *NOT_FOUND)), *HOSTILE])
def test_whatever_is_typed_is_words_or_nothing(
    libraries: tuple[CatalogueLibrary, IndexLibrary], text: str
) -> None:
    catalogue, index = libraries
    try:
        told = catalogue.page(Query(text=text)).rows
    except NotUnderstood:
        with pytest.raises(NotUnderstood, match="no word"):
            index.page(Query(text=text))
    else:
        assert told == index.page(Query(text=text)).rows


@given(text=st.text(max_size=40))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_searched_for_alike(libraries: tuple[CatalogueLibrary, IndexLibrary], text: str) -> None:
    test_whatever_is_typed_is_words_or_nothing(libraries, text)


def test_words_are_asked_for_in_quotes_and_a_lone_character_as_a_beginning() -> None:
    assert '"and" AND "har" AND "小猫 猫在" AND "市" *' == match_expression('AND "har* 小猫在 市')


def test_prompts_are_read_from_manifests_on_wish_and_stay_with_their_task(tmp_path: Path) -> None:
    bucket, file = MemoryBucket(), IndexFile(tmp_path / "index.sqlite")
    whole = manifest(kept(), order=Order(prompt="a misty harbour"))
    told = line(whole.task_id)
    bucket.put(told.key, whole.to_json())
    put_lines(bucket, [told, line("task-without-manifest")], at=bucket.now())
    Feeder(bucket, file).feed()
    library = IndexLibrary(bucket, file)
    assert () == library.page(Query(text="harbour")).rows

    assert 1 == read_prompts(bucket, file)
    assert ["a misty harbour"] == [
        row.line.prompt for row in library.page(Query(text="harbour")).rows if row.line
    ]
    with file.reading() as connection:
        assert 0 == left_to_look_at(connection)
    assert 0 == read_prompts(bucket, file)

    put_lines(bucket, [line(whole.task_id, at=bucket.now())], at=bucket.now())
    Feeder(bucket, file).feed()
    assert 1 == library.page(Query(text="harbour")).counted
