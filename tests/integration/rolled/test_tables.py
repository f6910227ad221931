"""Days as Parquet: what a child writes is read back whole, and nothing of it is trusted."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from archive import catalog_keys
from archive.errors import MalformedRecord, NewerRecord
from archive.records.asset import Finding
from archive.records.catalogue import Line, line_of, line_of_letter, read_line
from archive.records.order import Order
from archive.rolled.columns import NAMES
from archive.rolled.tables import DayTables
from tests.fakes.foreign import LETTER, LETTER_OF_TASK, MANIFEST
from tests.fakes.newer import NewerVersion
from tests.fakes.words import NOW, kept, lost, manifest

KEY = catalog_keys.rolled_key(NOW.date(), None, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0)
REPLACES = ("catalog/2026/11/21/07/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson",)
FULL = line_of(
    manifest(
        structs.replace(kept(0), findings=(Finding(kind="format", expected="png", got="webp"),)),
        lost(1),
        order=Order(
            size="16:9",
            n=2,
            quality="high",
            prompt="a \x00 harbour \U0001f600 'quoted' \\ \"so\"\n",
            label="a/b",
        ),
        billing={"usage": {"cost": 0.1, "big": 2**63, "list": [1, None, {"x": "é"}]}},
        remarks={"seed": 2**70, "nsfw": True},
        model="m",
        created_at=NOW,
    ),
    MANIFEST,
    prompts=True,
)
PLAIN = line_of(manifest(kept()), MANIFEST)
OF_LETTER = line_of_letter(
    LETTER, structs.replace(LETTER_OF_TASK, detail="x\ty", model="m"), NOW + timedelta(hours=1)
)


def _written(tmp_path: Path, *lines: bytes) -> bytes:
    target = tmp_path / "day.parquet"
    DayTables(tmp_path).write(target, REPLACES, [line + b"\n" for line in lines])
    return target.read_bytes()


def _read(body: bytes, tmp_path: Path, columns: frozenset[str] = NAMES, **span: Any) -> list[Line]:
    with DayTables(tmp_path).lines(KEY, body, columns, **span) as (head, lines):
        assert REPLACES == head.replaces
        return [read_line(line.strip()) for line in lines]


def test_every_line_comes_back_as_it_was(tmp_path: Path) -> None:
    lines = [FULL, PLAIN, OF_LETTER, structs.replace(PLAIN, status="failed", error="e", images=(), kept=0)]
    body = _written(tmp_path, *(line.to_json() for line in lines))

    assert lines == _read(body, tmp_path)
    assert ["day.parquet"] == [path.name for path in tmp_path.iterdir()]


def test_what_a_newer_version_wrote_comes_back_to_the_byte(tmp_path: Path) -> None:
    newer = [
        msgspec.json.format(NewerVersion().rewritten(line.to_json()), indent=0) for line in (FULL, OF_LETTER)
    ]
    unread = json.dumps({**json.loads(PLAIN.to_json()), "schema": 9}).encode()
    body = _written(tmp_path, *newer, unread, b"no line at all")

    with DayTables(tmp_path).lines(KEY, body, NAMES) as (_, lines):
        assert [*newer, unread, b"no line at all"] == [line.strip() for line in lines]


def test_only_what_changed_within_a_span_is_read_and_only_the_columns_that_are_wanted(tmp_path: Path) -> None:
    later = structs.replace(FULL, changed_at=NOW + timedelta(hours=2))
    body = _written(tmp_path, FULL.to_json(), later.to_json(), OF_LETTER.to_json())

    some = frozenset({"model"})
    assert [] == _read(body, tmp_path, some, since=NOW + timedelta(seconds=1), until=NOW + timedelta(hours=1))
    [found] = _read(body, tmp_path, some, since=NOW, until=NOW + timedelta(seconds=1))
    bare = structs.replace(
        PLAIN,
        model="m",
        kept=0,
        bytes=0,
        formats=(),
        sizes=(),
        images=(),
        called_at=None,
    )
    assert bare == found


# Many words an example: each starts two children.
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.text(max_size=40),
            st.dictionaries(
                st.text(max_size=5),
                st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
                max_size=3,
            ),
            st.integers(0, 2**53),
        ),
        min_size=40,
        max_size=80,
    )
)
@example([])
def test_any_words_come_back(tmp_path: Path, told: list[tuple[str, dict[str, Any], int]]) -> None:
    lines = [
        structs.replace(FULL, prompt=text, error=text, model=text, billing=billing, lost=count)
        for text, billing, count in told
    ]
    assert lines == _read(_written(tmp_path, *(line.to_json() for line in lines)), tmp_path)


@pytest.mark.parametrize("body", [b"", b"PAR1", b"no parquet" * 100], ids=len)
def test_a_file_that_is_none_is_told_by_its_key(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(MalformedRecord, match=KEY):
        DayTables(tmp_path).head(KEY, body)


def test_a_damaged_file_is_told_by_its_key(tmp_path: Path) -> None:
    body = bytearray(_written(tmp_path, *(FULL.to_json() for _ in range(50))))
    body[4:200] = bytes(196)
    with pytest.raises(MalformedRecord, match=KEY):
        _read(bytes(body), tmp_path)


def test_nothing_but_its_answer_stands_on_a_childs_output() -> None:
    """DuckDB prints a bar of its progress there, where a machine is slow."""
    program = (
        "import os; from archive.rolled.child import answers; out = answers()\n"
        "print('noise', flush=True); os.write(1, b'more'); out.write(b'answer'); out.flush()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (b"answer", b"noise\nmore") == (ran.stdout, ran.stderr)


def test_a_file_without_the_columns_of_today_is_read_with_what_it_has(tmp_path: Path) -> None:
    """As an older version wrote it: a column of the same name within its images is no column of the table."""
    whole, older = tmp_path / "whole.parquet", tmp_path / "older.parquet"
    whole.write_bytes(_written(tmp_path, FULL.to_json(), OF_LETTER.to_json()))
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE (findings, bytes, detail, seeds, raw) FROM '{whole}') TO '{older}' "  # noqa: S608
            "(FORMAT parquet, KV_METADATA {'fixative.schema': '1', 'fixative.replaces': '"
            + REPLACES[0]
            + "'})"
        )

    bare = [structs.replace(FULL, findings=(), bytes=0, seeds=()), structs.replace(OF_LETTER, detail="")]
    assert bare == _read(older.read_bytes(), tmp_path)


def test_a_file_of_a_newer_schema_is_refused_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.rolled.tables.ROLLED_SCHEMA", 2)
    body = _written(tmp_path, PLAIN.to_json())
    monkeypatch.undo()

    with pytest.raises(NewerRecord, match=f"{KEY} is rolled up in schema 2; this version reads schema 1"):
        DayTables(tmp_path).head(KEY, body)
