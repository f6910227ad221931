"""What is written into the index: prompts as its own tokenizer cuts them, and rows of one millisecond apart."""

from __future__ import annotations

import sqlite3
import string
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.library.index.index_file import IndexFile
from archive.library.index.schema import TABLES
from archive.library.index.writing import Writer
from archive.library.text_words import WORD_MOST_CHARACTERS, indexed, tokens_of
from tests.fakes.catalogue import line
from tests.fakes.words import NOW


def _tokens_in_the_index(connection: sqlite3.Connection, text: str) -> list[str]:
    # Of a table without contents nothing is removed: it is made anew.
    connection.execute("DROP TABLE IF EXISTS words")
    connection.execute(next(table for table in TABLES.split(";\n") if "TABLE words" in table))
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS told USING fts5vocab(words, instance)")
    connection.execute("INSERT INTO words (rowid, prompt) VALUES (1, ?)", (indexed(text),))
    return [term for (term,) in connection.execute("SELECT term FROM told ORDER BY offset")]


plain = st.text(string.printable + "\0\x7f\x1b", max_size=40)
long = st.builds(lambda sign, count: sign * count, st.sampled_from("aZ0"), st.integers(60, 70))


@settings(max_examples=60, deadline=None)
@given(st.lists(plain | long | st.text(max_size=8), max_size=4).map(" ".join))
def test_the_index_cuts_a_text_as_whoever_looks_without_an_index_does(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert tokens_of(text) == _tokens_in_the_index(connection, text)


@pytest.mark.parametrize("text", ["a" * (WORD_MOST_CHARACTERS + 1), "one,two" * WORD_MOST_CHARACTERS])
def test_a_word_that_is_too_long_is_found_by_its_beginning(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert tokens_of(text) == _tokens_in_the_index(connection, text)


def test_tasks_of_one_millisecond_have_rows_of_their_own_also_when_those_of_others_are_forgotten(
    tmp_path: Path,
) -> None:
    class Forgetful(Writer):
        remembered_most = 1

    moments = [NOW + timedelta(milliseconds=number % 3) for number in range(60)]
    lines = [line(f"task-{number:04d}", at=moment) for number, moment in enumerate(moments)]
    with IndexFile(tmp_path / "index.sqlite").feeding(wait=True) as connection:
        assert connection is not None
        writer = Forgetful(connection)
        for together in (lines[:7], lines[7:30], lines[30:]):
            writer.add(reversed(together))
        writer.flush()
        assert (60,) == connection.execute("SELECT count(DISTINCT name) FROM tasks").fetchone()
