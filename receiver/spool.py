"""The shelf for when S3 is away: batches on a disk, each `fsync`ed before anybody is told that it is safe.

    <SPOOL_DIR>/<ulid>.spool       one file a process and outage, locked by its writer while it lives
        record, record, ...        a torn last record was never acknowledged; it is cut off

    record = length | CRC-32 of the content | CRC-32 of these two | content       (4 bytes each, big endian)
    content = inbox key | line break | batch

A file whose `fsync` failed is given up for writing: what the kernel did with its pages is unknown
(https://lwn.net/Articles/752063/). Its whole records are relayed all the same; one without any goes, or a full disk
would have a file more for each batch that it refused. So is a file that stands no more where a relay looks for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archive.errors import TryLater
from archive.reasons import Reason

_HEAD = struct.Struct(">III")


class Spool:
    """Batches on a disk until the bucket is back. Safe to use from many threads."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._path = folder
        self._taken = 0  # records of this file that are safe

    def append(self, key: str, batch: bytes) -> None:
        """Put a batch on the shelf; when this returns, it is on the disk.

        Raises:
            TryLater: if the disk does not take it, or the shelf is full.
        """
        content = key.encode() + b"\n" + batch
        record = _head(content) + content
        with self._lock:
            if self.bytes() + len(record) > self.max_bytes:
                raise TryLater(Reason.BUCKET_UNAVAILABLE, "S3 is away and the spool is full")
            try:
                file = self._file or self._begin(key)
                file.write(record)
                file.flush()
                os.fsync(file.fileno())
                self._refuse_lost(file)
                self._taken += 1
            except OSError as error:
                self._give_up()
                raise TryLater(
                    Reason.BUCKET_UNAVAILABLE, f"S3 is away and the spool's disk fails: {error.strerror}"
                ) from error

    def accepts(self) -> bool:
        """Whether a batch would find room and a writable folder."""
        return self.bytes() < self.max_bytes and os.access(self._folder, os.W_OK)

    def bytes(self) -> int:
        """How much is on the shelf, of all processes."""
        return sum(path.stat().st_size for path in self._folder.glob("*.spool") if path.exists())

    def files(self, kind: str = "spool") -> int:
        """How many files are on the shelf, of all processes; `damaged` ones are kept for a person."""
        return sum(1 for _ in self._folder.glob(f"*.{kind}"))

    def leave(self) -> None:
        """Close the file that is being written, so that it may be relayed."""
        with self._lock:
            self._give_up()

    def finished_files(self) -> Iterator[Path]:
        """The files that nobody writes any more: this process's older ones and those of processes that are gone.

        Each is locked while the caller has it; what is not relayed in full stays for the next time.
        """
        for path in sorted(self._folder.glob("*.spool")):
            try:
                with path.open("r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if path.exists():
                        yield path
            except (BlockingIOError, FileNotFoundError):
                continue  # somebody writes it, or has relayed it: theirs

    def _begin(self, key: str) -> BinaryIO:
        name = key.rsplit("/", 1)[-1].removesuffix(".ndjson")
        # Locked before it has the name by which a relay finds it, or the relay could take it away in between.
        unnamed = self._folder / f"{name}.new"
        self._path, self._taken = unnamed, 0
        self._file = file = unnamed.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._path = unnamed.rename(unnamed.with_suffix(".spool"))
        # The file's name must be on the disk too, else its content cannot be found.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return file

    def _refuse_lost(self, file: BinaryIO) -> None:
        """Raise OSError if a relay would not find the file: somebody tidied up, or moved the folder away."""
        if not os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
            raise FileNotFoundError(errno.ENOENT, "another file stands in the place of the spool's")

    def _give_up(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        with suppress(OSError):
            if not self._taken and os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                self._path.unlink()
        # The buffered rest of a record that was never acknowledged; the descriptor is closed all the same.
        with suppress(OSError):
            file.close()


def _head(content: bytes) -> bytes:
    first = struct.pack(">II", len(content), zlib.crc32(content))
    return first + struct.pack(">I", zlib.crc32(first))


class SpoolDamage(Exception):
    """A record in the middle of a spool file is not what was written."""


def records(path: Path) -> Iterator[tuple[str, bytes]]:
    """The whole records of a spool file: inbox key and batch. A torn tail is cut off: nobody was told of it.

    Raises:
        SpoolDamage: after the last record, if one before it is damaged; the file must be kept for a person.
    """
    damaged = 0
    size = path.stat().st_size
    with path.open("rb") as file:
        while True:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                break
            length, crc, check = _HEAD.unpack(head)
            if zlib.crc32(head[:8]) != check:
                damaged += 1  # where the next record begins is not known any more
                break
            if length > size - file.tell():
                break
            content = file.read(length)
            if zlib.crc32(content) != crc:
                damaged += 1
                continue
            key, _, batch = content.partition(b"\n")
            yield key.decode(), batch
    if damaged:
        raise SpoolDamage(f"{damaged} damaged records")
