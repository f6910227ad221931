"""docs/bounds.md has the numbers of the code, each with its reason."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import timedelta
from functools import reduce
from importlib import import_module
from typing import Any

import msgspec

from runtime.settings.every import EverySetting
from runtime.settings.settings import fields_of
from tests.unit.docs.documents import DOCS, rows_under

BOUNDS = rows_under(DOCS / "bounds.md", "Bounds")


def _default_of(kind: Any, name: str) -> Any:
    """The default of a field of a class, or of a parameter."""
    if dataclasses.is_dataclass(kind):
        return next(field.default for field in dataclasses.fields(kind) if field.name == name)
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
        return next(field.default for field in msgspec.structs.fields(kind) if field.name == name)
    return inspect.signature(kind).parameters[name].default


def _in_code(where: str) -> float:
    """The number that a setting (`ACCEPT_S`) or a name of a module (`receiver.app:CLOSE_S`) stands for."""
    module, colon, path = where.partition(":")
    if not colon:
        value = next(field.default for field in fields_of(EverySetting) if field.name == where.lower())
    else:
        first, *more = path.split(".")
        value = reduce(_default_of, more, getattr(import_module(module), first))
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def test_a_bound_is_the_one_of_the_code() -> None:
    wrong = [
        row
        for row in BOUNDS
        for _, bound, where, why in (row,)
        if not why or _in_code(where.strip("`")) != float(bound.split()[0].replace(",", ""))
    ]

    assert BOUNDS
    assert [] == wrong


def test_every_setting_that_is_a_limit_of_time_or_size_is_among_the_bounds() -> None:
    limits = {
        field.name.upper() for field in fields_of(EverySetting) if field.name.endswith(("_s", "_max_bytes"))
    }

    assert set() == limits - {row[2].strip("`") for row in BOUNDS}
