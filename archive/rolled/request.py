"""What a child is asked and what it answers first, as it stands in its arguments and on its pipe."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

# The exit code of a child that was given a file which is no day of a catalogue, or a damaged one.
BAD_FILE: Final = 65


class WriteRequest(Struct, frozen=True, kw_only=True, tag="write"):
    """Make a Parquet file of the lines on standard input."""

    folder: str
    target: str
    schema: int
    replaces: tuple[str, ...]
    memory_bytes: int
    duckdb_bytes: int
    time_s: int


class ReadRequest(Struct, frozen=True, kw_only=True, tag="read"):
    """Tell the head of a Parquet file, then its rows with these columns; None for the head alone."""

    folder: str
    file: str
    known_schema: int
    columns: tuple[str, ...] | None
    since: str
    until: str
    memory_bytes: int
    duckdb_bytes: int
    time_s: int


class TableRequest(Struct, frozen=True, kw_only=True, tag="table"):
    """Make a Parquet file of the rows on standard input, JSON objects with these columns: their names and DuckDB's types."""

    folder: str
    target: str
    columns: tuple[tuple[str, str], ...]
    memory_bytes: int
    duckdb_bytes: int
    time_s: int


class Answer(Struct, frozen=True):
    """The head of a day's file."""

    schema: int
    replaces: tuple[str, ...]
