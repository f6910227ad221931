"""The file that an export becomes: under its name stands all of it, or what stood there before.

It is written beside its name and takes that when the disk has it; whatever ends it before that leaves nothing under it.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import FixativeError

# Of the name, in that of the file beside it: file systems take 255 bytes.
_NAME_CHARACTERS = 50


class DestinationTaken(FixativeError):
    """Something stands under the name, and nobody said that it may go."""


def refuse_taken(path: Path, *, force: bool) -> None:
    """Pass a name that may be written to. Raises DestinationTaken."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise DestinationTaken(f"{path} is no file: name one, or - for standard output")
    if not force:
        raise DestinationTaken(f"{path} is there already: say --force to write it anew")


@contextmanager
def written_whole(path: Path, *, force: bool) -> Iterator[Path]:
    """Where to write a file, which stands under its name when this ends well.

    Raises:
        DestinationTaken: if something stands there, by then as well.
        OSError: naming the file, if the disk is full or does not take it.
    """
    refuse_taken(path, force=force)
    part = path.with_name(f".{path.name[:_NAME_CHARACTERS]}.{secrets.token_hex(4)}.part")
    try:
        yield part
        _sync(part)
        _take_name(part, path, force=force)
        # The name as well is on the disk then.
        _sync(path.parent)
    except OSError as error:
        # A write tells no name, and that of the file beside it is nobody's concern.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def _take_name(part: Path, path: Path, *, force: bool) -> None:
    if force:
        part.replace(path)
        return
    try:
        # Unlike a rename, a link does not take the place of what came meanwhile.
        path.hardlink_to(part)
    except FileExistsError as error:
        raise DestinationTaken(f"{path} is there by now: say --force to write it anew") from error
    except OSError:  # a file system without links
        refuse_taken(path, force=False)
        part.replace(path)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
