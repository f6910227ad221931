"""The child that writes and reads days as Parquet: the only file that imports DuckDB, and nobody imports it.

It is started by `archive/rolled/tables.py` for one file, and bounded in memory and time. It reads and writes in its own
folder alone, and speaks with nobody but its parent:

    write    lines on its standard input, as they stand in the catalogue -> a Parquet file
    read     a Parquet file -> its head, then its rows as lines, on its standard output
    table    rows of other columns on its standard input, as JSON -> a Parquet file
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import duckdb
import msgspec
from isal import igzip

from archive.errors import MalformedRecord, NewerRecord
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import CatalogueLine, Line, read_line
from archive.records.record import Record
from archive.records.unknown import may_hold
from archive.rolled import columns
from archive.rolled.request import BAD_FILE, Answer, ReadRequest, TableRequest, WriteRequest

Word = TypeVar("Word", bound=Record)

# Rows that are taken out of DuckDB in one go.
_ROWS = 10_000
# What is kept of a line that nobody here can read.
_RAW_MAX_BYTES = 4_194_304


def main(request: str) -> int:
    """Do what is asked. The exit code: 0, or BAD_FILE where the file is none of ours."""
    told = msgspec.json.decode(request, type=WriteRequest | ReadRequest | TableRequest)
    _bind(told.memory_bytes, told.time_s)
    out = answers()
    with _opened(told.folder, told.duckdb_bytes) as connection:
        if isinstance(told, WriteRequest):
            _write(connection, told)
            return 0
        if isinstance(told, TableRequest):
            _table(connection, told)
            return 0
        try:
            _read(connection, told, out)
        except (duckdb.Error, UnicodeDecodeError, msgspec.MsgspecError) as error:
            sys.stderr.write(f"{str(error).splitlines()[0]}\n")
            return BAD_FILE
        return 0


def answers() -> BinaryIO:
    """Where its answers go; what anybody else prints (DuckDB a bar of its progress) goes where its errors do."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _bind(memory_bytes: int, time_s: int) -> None:
    """Let the kernel end it beyond its bounds: what is deep in C comes to no handler of Python's."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(time_s)
    for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))


def _opened(folder: str, memory_bytes: int) -> duckdb.DuckDBPyConnection:
    """DuckDB with one thread, nothing from outside, and no file but those of the folder."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_bytes // 2**20}MiB",
            "threads": "1",
            "temp_directory": folder,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
    )
    for statement in (
        "SET TimeZone = 'UTC'",
        "SET enable_progress_bar = false",
        f"SET allowed_directories = [{columns.quoted(folder)}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def _table(connection: duckdb.DuckDBPyConnection, told: TableRequest) -> None:
    wanted = [columns.Column(name, kind, "") for name, kind in told.columns]
    source = _packed(told.folder, sys.stdin.buffer)
    connection.execute(columns.export(source, told.target, (), wanted))


def _packed(folder: str, rows: Iterable[bytes]) -> str:
    """A file of these lines, and where it is."""
    source = Path(folder) / "lines.json.gz"
    # isal's own types leave this function out.
    opened: Any = igzip.open
    with opened(source, "wb", compresslevel=1) as packed:
        packed.writelines(rows)
    return str(source)


def _write(connection: duckdb.DuckDBPyConnection, told: WriteRequest) -> None:
    source = _packed(told.folder, map(_row, _lines(sys.stdin.buffer)))
    metadata = [("fixative.schema", str(told.schema)), ("fixative.replaces", "\n".join(told.replaces))]
    connection.execute(columns.export(source, told.target, metadata))


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    return (line for each in stream if (line := each.strip()))


def _row(text: bytes) -> bytes:
    """A line of the catalogue as a row of the table, as JSON; what its columns do not hold stands in `raw`."""
    try:
        line: Line = read_line(text)
        refuse_foreign_line(line)
    except (NewerRecord, MalformedRecord):
        raw = text[:_RAW_MAX_BYTES].decode(errors="replace")
        return msgspec.json.encode({"of": "unread", "raw": raw}) + b"\n"
    # A letter's line says itself what it is of.
    head: dict[str, str] = {"of": "task"} if isinstance(line, CatalogueLine) else {}
    row = msgspec.json.encode(line)
    if may_hold(row):
        head["raw"], row = text.decode(), msgspec.json.encode(_known(line))
    return (msgspec.json.encode(head)[:-1] + b"," + row[1:] if head else row) + b"\n"


def _known(line: Line) -> Line:
    """A line without the fields that this version does not know."""
    bare = _bare(line)
    return (
        msgspec.structs.replace(bare, images=tuple(map(_bare, bare.images)))
        if isinstance(bare, CatalogueLine)
        else bare
    )


def _bare(word: Word) -> Word:
    return msgspec.structs.replace(word, unknown=msgspec.UNSET)


def _read(connection: duckdb.DuckDBPyConnection, told: ReadRequest, out: BinaryIO) -> None:
    file = columns.quoted(told.file)
    metadata = dict(
        connection.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({file})").fetchall()
    )
    if "fixative.schema" not in metadata:
        raise duckdb.InvalidInputException("it is no day of a catalogue")
    schema = int(metadata["fixative.schema"])
    replaces = tuple(metadata.get("fixative.replaces", "").split())
    out.write(msgspec.json.encode(Answer(schema=schema, replaces=replaces)) + b"\n")
    out.flush()
    if told.columns is None or schema > told.known_schema:
        return
    found = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()
    there = {row[0] for row in found}
    since, until = (datetime.fromisoformat(text) if text else None for text in (told.since, told.until))
    rows_found = connection.execute(columns.lines_of(told.file, there, told.columns, since, until))
    while rows := rows_found.fetchmany(_ROWS):
        out.write("\n".join(line for (line,) in rows).encode() + b"\n")
    out.flush()
