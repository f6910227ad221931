"""Days as Parquet, by a short-lived child that is bounded in memory and time: nothing of DuckDB is in this process.

Its code is large, its memory is its own, and what a file from outside does to it ends a child and no worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from archive.errors import FixativeError, MalformedRecord, NewerRecord
from archive.records.rolled import ROLLED_SCHEMA, RolledHead
from archive.rolled.request import BAD_FILE, Answer, ReadRequest, TableRequest, WriteRequest

# Of DuckDB's buffers, and of the whole child: its code and Python's are mapped besides.
DUCKDB_MAX_BYTES: Final = 268_435_456
CHILD_MAX_BYTES: Final = 1_610_612_736
# A day of a million tasks takes a minute to write, and some seconds to read.
WRITE_S: Final = 600
READ_S: Final = 120
# Of a table that somebody exports, however large: some millions of rows take minutes.
TABLE_S: Final = 14_400
# Without these an interpreter that is built or unpacked in an unusual place does not start.
_INHERITED: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")
# Ctrl-C in a terminal reaches children too: the parent decides when they end.
_PROGRAM: Final = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "request, *sys.path = sys.argv[1:]\n"
    "from archive.rolled.child import main\n"
    "sys.exit(main(request))\n"
)


class TableTrouble(FixativeError):
    """The child did not come to an end of its work: no memory, no disk, no time."""


class DayTables:
    """Writes and reads days; `folder` is where their files stand meanwhile, None for the system's own."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def write(self, target: Path, replaces: tuple[str, ...], pieces: Iterable[bytes]) -> None:
        """Make a Parquet file of lines, which come in pieces of any size. Raises TableTrouble."""
        with self._room(target.parent) as folder:
            request = WriteRequest(
                folder=str(folder), target=str(folder / "day.parquet"), schema=ROLLED_SCHEMA, replaces=replaces,
                memory_bytes=CHILD_MAX_BYTES, duckdb_bytes=DUCKDB_MAX_BYTES, time_s=WRITE_S,
            )  # fmt: skip
            _fed(request, folder, pieces)
            (folder / "day.parquet").rename(target)

    def table(self, target: Path, columns: Iterable[tuple[str, str]], rows: Iterable[bytes]) -> None:
        """Make a Parquet file of rows, a JSON object a line, by these columns with DuckDB's types. Raises TableTrouble."""
        with self._room(target.parent) as folder:
            request = TableRequest(
                folder=str(folder), target=str(folder / "table.parquet"), columns=tuple(columns),
                memory_bytes=CHILD_MAX_BYTES, duckdb_bytes=DUCKDB_MAX_BYTES, time_s=TABLE_S,
            )  # fmt: skip
            _fed(request, folder, rows)
            (folder / "table.parquet").rename(target)

    def head(self, key: str, body: bytes) -> RolledHead:
        """What a day's file replaces. Raises MalformedRecord, NewerRecord, TableTrouble."""
        with self._reading(key, body, None, None, None) as (head, _):
            return head

    @contextmanager
    def lines(
        self,
        key: str,
        body: bytes,
        columns: Collection[str],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[tuple[RolledHead, Iterator[bytes]]]:
        """The head of a day's file, and its rows as lines that changed within a span, with these columns (archive/rolled/columns.py).

        Raises:
            MalformedRecord: if it is no such file, or damaged.
            NewerRecord: if a newer version rolled it up.
            TableTrouble: if the child comes to no end.
        """
        with self._reading(key, body, tuple(sorted(columns)), since, until) as found:
            yield found

    @contextmanager
    def _reading(
        self,
        key: str,
        body: bytes,
        columns: tuple[str, ...] | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Iterator[tuple[RolledHead, Iterator[bytes]]]:
        with self._room(self._folder) as folder:
            file = folder / "day.parquet"
            file.write_bytes(body)
            from_, to = (each.astimezone(UTC).isoformat() if each else "" for each in (since, until))
            request = ReadRequest(
                folder=str(folder), file=str(file), known_schema=ROLLED_SCHEMA, columns=columns, since=from_,
                until=to, memory_bytes=CHILD_MAX_BYTES, duckdb_bytes=DUCKDB_MAX_BYTES, time_s=READ_S,
            )  # fmt: skip
            with _child(request, folder) as (process, given, told):
                given.close()
                first = told.readline()
                if not first:
                    _refuse_bad(key, process.wait(READ_S), folder)
                yield _head(key, first), _rest(key, told, process, folder)

    @contextmanager
    def _room(self, beside: Path | None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="rolled-", dir=beside) as name:
            yield Path(name)


def _fed(request: WriteRequest | TableRequest, folder: Path, pieces: Iterable[bytes]) -> None:
    """Let a child write what it is given. Raises TableTrouble."""
    with _child(request, folder) as (process, given, _):
        with suppress(BrokenPipeError):  # its exit code says why
            for piece in pieces:
                given.write(piece)
            given.close()
        _refuse_failure(process.wait(request.time_s), folder)


@contextmanager
def _child(
    request: WriteRequest | ReadRequest | TableRequest, folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]]:
    found_at = (str(Path(entry or os.curdir).absolute()) for entry in sys.path)
    with (folder / "said").open("wb") as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - this interpreter itself
                [sys.executable, "-c", _PROGRAM, msgspec.json.encode(request).decode(), *found_at],
                env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                bufsize=262_144,
            )
        except OSError as error:
            raise TableTrouble(f"no process for a day's file: {error.strerror}") from error
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, process.stdin, process.stdout
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            _closed(stream)


def _closed(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # of what was not written before it ended
        stream.close()


def _head(key: str, first: bytes) -> RolledHead:
    try:
        answer = msgspec.json.decode(first, type=Answer)
    except msgspec.MsgspecError as error:
        raise TableTrouble(f"{key}: its reader raves: {error}") from error
    if answer.schema > ROLLED_SCHEMA:
        raise NewerRecord(
            f"{key} is rolled up in schema {answer.schema}; this version reads schema {ROLLED_SCHEMA}: update this one"
        )
    return RolledHead(replaces=answer.replaces)


def _rest(key: str, told: IO[bytes], process: subprocess.Popen[bytes], folder: Path) -> Iterator[bytes]:
    yield from told
    _refuse_bad(key, process.wait(READ_S), folder)


def _refuse_bad(key: str, code: int, folder: Path) -> None:
    if code == BAD_FILE:
        raise MalformedRecord(f"{key}: no day of a catalogue: {_said(folder)}")
    _refuse_failure(code, folder)


def _refuse_failure(code: int, folder: Path) -> None:
    if code:
        raise TableTrouble(
            f"the child of a day's file ended with {code}: {_said(folder) or 'without a word'}"
        )


def _said(folder: Path) -> str:
    """The last line that a child said of its trouble."""
    lines = (folder / "said").read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
