"""The words of docs/glossary.md stand in the code, and the words of the code in the glossary."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

from archive.records.record import Record
from tests.unit.docs.documents import DOCS, ROOT, rows_under, text_of

ROWS = rows_under(DOCS / "glossary.md", "Glossary")
WORDS_OF_THE_ARCHIVE = (
    "asset", "catalogue", "dead_letter", "delivery", "manifest", "notification", "order", "order_record", "record",
    "told_order", "work",
)  # fmt: skip
PACKAGES = ("archive", "console", "egress", "infra", "providers", "receiver", "runtime", "workers")


def test_a_word_has_one_sentence_and_stands_where_it_is_said_to() -> None:
    gone = []
    for word, sentence, _, where in ROWS:
        file, _, names = where.partition(": ")
        code = text_of(ROOT / file.strip("`"))
        gone += [
            f"{word}: {name}" for name in re.findall(r"`(\w+)`", names) if not re.search(rf"\b{name}\b", code)
        ]

        assert re.fullmatch(r"[^.]+\.", sentence), word
    assert [] == gone


def test_no_word_stands_twice() -> None:
    words = [row[0] for row in ROWS]

    assert sorted(set(words)) == sorted(words)


def test_every_kept_word_of_the_archive_is_in_the_glossary() -> None:
    kept = {
        name
        for module in map(import_module, (f"archive.records.{word}" for word in WORDS_OF_THE_ARCHIVE))
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Record)
    }
    told = {name for row in ROWS for name in re.findall(r"`(\w+)`", row[3])}

    assert set() == kept - told


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager", "handler", "base"}

    assert [] == [
        str(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.stem in empty
    ]
