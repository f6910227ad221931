"""What an index holds, in a few numbers."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from archive.library.index.index_file import fact
from archive.library.index.index_library import AS_OF, WHOLE
from archive.library.index.letters import Letters
from archive.library.index.packing import moment_in, moment_of


class IndexState(NamedTuple):
    """What is in the index, and how far it has come; `whole` once the first reading is done."""

    tasks: int
    letters: int
    prompts: int
    first: datetime | None
    last: datetime | None
    as_of: datetime | None
    whole: bool


def state_of(connection: sqlite3.Connection) -> IndexState:
    """What an index holds."""
    tasks, prompts = (
        int(connection.execute(query).fetchone()[0] or 0)
        for query in ("SELECT sum(tasks) FROM days", "SELECT count(*) FROM prompts")
    )
    ends = [
        connection.execute(f"SELECT id, fine FROM tasks ORDER BY id {order} LIMIT 1").fetchone()  # noqa: S608 - words of ours
        for order in ("ASC", "DESC")
    ]
    first, last = (moment_of(moment_in(*end)) if end else None for end in ends)
    as_of = fact(connection, AS_OF)
    return IndexState(
        tasks,
        len(Letters(connection).standing()),
        prompts,
        first,
        last,
        moment_of(int(as_of)) if as_of else None,
        whole=fact(connection, WHOLE) is not None,
    )
