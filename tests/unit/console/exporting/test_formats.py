"""A task as a row: the same columns in each format, numbers as numbers, lists as JSON."""

from __future__ import annotations

import csv
import io
import json
import re

from archive.library.query import TaskRow
from console.exporting.columns import columns
from console.exporting.formats import lines_of
from tests.fakes.catalogue import letter_line, line
from tests.unit.docs.documents import DOCS, rows_under

NAMES = columns(prompts=False)
KEPT = TaskRow(
    line(
        label="-5", model='a "b", c', billing={"credits_used": 2.5}, unsafe=False, seeds=("7",), ordered_n=2, prompt="a cat"
    )
)  # fmt: skip
LOST = TaskRow(None, letter_line("task-0002", state="dismissed"))


def test_csv_has_a_header_and_texts_numbers_and_lists_in_their_cells() -> None:
    told = b"".join(lines_of([KEPT, LOST], "csv", NAMES)).decode()
    assert 3 == told.count("\r\n") == told.count("\n")
    kept, lost = csv.DictReader(io.StringIO(told, newline=""))
    assert NAMES == tuple(kept)
    assert ("'-5", 'a "b", c', "2.5", "false", "2", '["7"]', '["PNG"]', "") == tuple(
        kept[name] for name in ("label", "model", "cost", "unsafe", "ordered_n", "seeds", "formats", "error")
    )
    assert [("task-0001", 1)] == [(kept["task_id"], len(json.loads(kept["images"])))]
    assert ("lost", "source_gone", "1", "true", "", "") == tuple(
        lost[name] for name in ("status", "reason", "lost", "dismissed", "kept", "images")
    )


def test_ndjson_has_the_same_columns_with_null_where_nothing_is_known() -> None:
    kept, lost = map(json.loads, lines_of([KEPT, LOST], "ndjson", NAMES))
    assert NAMES == tuple(kept) == tuple(lost)
    assert ("-5", 2.5, False, ["PNG"]) == (kept["label"], kept["cost"], kept["unsafe"], kept["formats"])
    assert ("lost", None, True) == (lost["status"], lost["kept"], lost["dismissed"])


def test_ndjson_holds_any_text_in_printable_characters() -> None:
    text = "\x1b[2J\u202e\ud800\x00漢\n"
    (told,) = lines_of([TaskRow(line(prompt=text))], "ndjson", ("prompt",))
    assert text == json.loads(told)["prompt"]
    assert (1, True) == (told.count(b"\n"), told.decode().strip().isprintable())


def test_the_columns_are_those_of_the_document() -> None:
    rows = rows_under(DOCS / "finding.md", "Exporting")
    told = {name for row in rows for name in re.findall("`([a-z_0-9]+)`", row[0])}
    assert told == set(columns(prompts=True))


def test_prompts_are_a_column_only_where_that_is_said() -> None:
    assert "prompt" not in NAMES
    assert {"prompt"} == set(columns(prompts=True)) - set(NAMES)
