"""docs/catalogue.md as people use it: days by boto3's client into DuckDB, the view, and each of its questions."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pytest
from msgspec import structs

from archive import catalog_keys, layout
from archive.records.asset import Finding
from archive.records.catalogue import Line, line_of, line_of_letter
from archive.records.notification import TaskError
from archive.records.order import Order
from archive.rolled.columns import LATEST
from archive.rolled.tables import DayTables
from tests.fakes.foreign import LETTER, LETTER_OF_TASK, MANIFEST
from tests.fakes.words import DAY, NOW, kept, lost, manifest
from tests.unit.docs.documents import DOCS

TEXT = (DOCS / "catalogue.md").read_text(encoding="utf-8")
[PROGRAM] = [
    block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "def open_catalogue" in block
]
QUESTIONS = re.findall(r"```sql\n(SELECT.*?)```", TEXT, re.DOTALL)
OTHER = "task-unified-1795262381-another"
FOUND = Finding(kind="format", expected="png", got="webp")
PART = manifest(
    kept(0), lost(1), model="m", billing={"usage": {"credits_used": 2.5}}, created_at=NOW - timedelta(seconds=30),
    order=Order(size="1:1", label="autumn"),
)  # fmt: skip
WHOLE = structs.replace(
    PART, assets=(structs.replace(kept(0), findings=(FOUND,)), kept(1)), changed_at=NOW + timedelta(hours=26)
)
FAILED = manifest(task_id=OTHER, status="failed", error=TaskError(code="policy"))


class _Client:
    """What of boto3's client the page uses, over files in a dict."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def get_paginator(self, _: str) -> _Client:
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": key} for key in self._objects]}

    def get_object(self, **asked: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._objects[asked["Key"]])}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two days: a task that lost an image, and a day later is whole; its letter, first standing and then gone."""
    folder = tmp_path_factory.mktemp("days")
    days: list[list[Line]] = [
        [line_of(PART, MANIFEST), line_of_letter(LETTER, LETTER_OF_TASK, NOW), _of_failed()],
        [
            line_of(WHOLE, MANIFEST),
            line_of_letter(LETTER, LETTER_OF_TASK, NOW, gone=True),
            line_of(WHOLE, MANIFEST),
        ],
    ]
    objects = {
        catalog_keys.rolled_key(DAY + timedelta(days=place), None, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0): _file(
            folder, lines
        )
        for place, lines in enumerate(days)
    }
    names: dict[str, Any] = {"duckdb": duckdb, "fsspec": fsspec}
    exec(PROGRAM, names)  # noqa: S102 - the page's own program
    connection = names["open_catalogue"](
        _Client({**objects, "catalog/2026/11/23/07/x.ndjson": b"{}"}), "bucket"
    )
    connection.execute(LATEST)
    yield connection
    connection.close()


def _of_failed() -> Line:
    return line_of(FAILED, layout.manifest_key(DAY, "evolink", OTHER))


def _file(folder: Path, lines: list[Line]) -> bytes:
    DayTables(folder).write(folder / "day", (), [line.to_json() + b"\n" for line in lines])
    return (folder / "day").read_bytes()


def test_a_task_that_was_replayed_counts_once_and_a_letter_that_is_gone_says_so(
    catalogue: duckdb.DuckDBPyConnection,
) -> None:
    told = catalogue.execute('SELECT "of", status, kept, lost, state FROM latest ORDER BY ALL').fetchall()
    assert [
        ("letter", None, None, 1, "gone"),
        ("task", "completed", 2, 0, None),
        ("task", "failed", 0, 0, None),
    ] == told
    assert (6,) == catalogue.execute('SELECT count(*) FROM "lines"').fetchone()


def test_there_are_ten_questions() -> None:
    assert 10 == len([question for question in QUESTIONS if "FROM" in question])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.split("\n")[0][:60])
def test_a_question_of_the_page_is_answered(catalogue: duckdb.DuckDBPyConnection, question: str) -> None:
    catalogue.execute(question).fetchall()


@pytest.mark.parametrize(
    ("begins", "answer"),
    [
        (
            "SELECT CAST(changed_at",
            [
                (DAY + timedelta(days=0), "evolink", None, 1, None),
                (DAY + timedelta(days=1), "evolink", "m", 1, 2.5),
            ],
        ),
        ("SELECT finding", [("format", 1)]),
        ("SELECT provider, error", [("evolink", "policy", 1)]),
        ("SELECT ordered_size", [("1:1", "1024x1024", 2)]),
        ("SELECT image.sha256", [("a" * 64, 2, f"evolink/{PART.task_id}")]),
        ("SELECT reason", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_question_tells_what_is_so(
    catalogue: duckdb.DuckDBPyConnection, begins: str, answer: list[Any]
) -> None:
    [question] = [question for question in QUESTIONS if question.startswith(begins)]
    assert answer == catalogue.execute(question).fetchall()
