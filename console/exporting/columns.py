"""The columns of an export: those of a catalogue line, in its order, and `cost` behind what was told of it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from archive.library.query import TaskRow
from archive.records.catalogue import CatalogueLine
from archive.rolled.columns import COLUMNS

PROMPT = "prompt"
COST = "cost"
_TYPES = {column.name: column.type for column in COLUMNS} | {COST: "DOUBLE"}
_OURS = {"schema", "unknown"}


def columns(*, prompts: bool) -> tuple[str, ...]:
    """The names of the columns; that of prompts only where these are asked for."""
    left_out = _OURS if prompts else _OURS | {PROMPT}
    names = [field.name for field in msgspec.structs.fields(CatalogueLine) if field.name not in left_out]
    names.insert(names.index("billing") + 1, COST)
    return tuple(names)


def types(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The columns with their types in a table: those of a closed day (docs/catalogue.md)."""
    return [(name, _TYPES[name]) for name in names]


def values(row: TaskRow, names: tuple[str, ...]) -> dict[str, Any]:
    """A task by these columns: texts, numbers, lists and tables of them; None where nothing is known.

    Of a task of which a dead letter alone stands, it is what that says: `status` is `lost`, `key` is the letter's.
    """
    told: dict[str, Any] = msgspec.to_builtins(row.told)
    told |= {"changed_at": msgspec.to_builtins(row.moment), "status": row.status, COST: row.cost}
    if row.line is None and row.letter is not None:
        told["dismissed"] = row.letter.state == "dismissed"
    return {name: told.get(name) for name in names}
