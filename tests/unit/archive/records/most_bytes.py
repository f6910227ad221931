"""The most bytes that a record can take, added up from the bounds that stand in its types."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import inspect

from archive.records.bounds import DEEPEST

# A moment with a zone; a number of 64 bits; a date; true and false.
_OF_TYPE = {
    inspect.DateTimeType: 40,
    inspect.IntType: 20,
    inspect.FloatType: 25,
    inspect.DateType: 12,
    inspect.BoolType: 5,
    inspect.NoneType: 4,
}


def most_bytes(kind: type[msgspec.Struct], without: Collection[str] = ()) -> int:
    """As indented JSON, its fields of newer versions not counted, nor those named in `without` ("Work.kept").

    Raises:
        TypeError: if a field of it has no bound.
    """
    return _most(inspect.type_info(kind), {}, 0, without)


def _most(shape: inspect.Type, extra: dict[str, Any], depth: int, without: Collection[str]) -> int:
    """The most that a value can take at this depth of the indentation."""
    line = 2 * (depth + 1) + len(",\n")
    match shape:
        case inspect.Metadata():
            most = _most(shape.type, {**extra, **(shape.extra or {})}, depth, without)
        case inspect.UnionType():
            most = max(_most(each, extra, depth, without) for each in shape.types)
        case inspect.StructType():
            most = _most_of_struct(shape, line, depth, without)
        case inspect.VarTupleType() if "most" in extra:
            most = extra["most"] * (line + _most(shape.item_type, {}, depth + 1, without)) + line
        case inspect.LiteralType() | inspect.EnumType():
            values = shape.values if isinstance(shape, inspect.LiteralType) else tuple(shape.cls)
            most = max(len(str(value)) for value in values) + 2
        case inspect.DictType() if "most_bytes" in extra:
            # At worst each of its bytes stands in a line of its own.
            most = extra["most_bytes"] * (line + 2 * DEEPEST + 1)
        case inspect.StrType() | inspect.BytesType():
            most = _most_of_text(shape, extra) + 2
        case _:
            most = _OF_TYPE[type(shape)]
    return int(most)


def _most_of_struct(shape: inspect.StructType, line: int, depth: int, without: Collection[str]) -> int:
    fields = [
        field
        for field in shape.fields
        if field.name != "unknown" and f"{shape.cls.__name__}.{field.name}" not in without
    ]
    names = [f'"{field.encode_name}": ' for field in fields]
    names += [f'"{shape.tag_field}": "{shape.tag}"'] if shape.tag_field else []
    values = [_most(field.type, {}, depth + 1, without) for field in fields]
    return sum(line + len(name) for name in names) + sum(values) + line


def _most_of_text(shape: inspect.StrType | inspect.BytesType, extra: dict[str, Any]) -> int:
    if "most_bytes" in extra:
        return int(extra["most_bytes"])
    if shape.max_length is None:
        raise TypeError(f"no bound: {shape}")
    return 6 * shape.max_length
