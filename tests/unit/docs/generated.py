"""What the documents take from the code. `python -m tests.unit.docs.generated` writes it anew."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from archive.reasons import SENTENCES
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.unknown import Open
from runtime.settings import Secret, Settings, description
from tests.unit.docs.documents import DOCS

HOW = "write it anew: python -m tests.unit.docs.generated"


def settings_table() -> str:
    """Every setting: its variable, its default, its sentence."""
    rows = [
        (f"`{field.name.upper()}`", _default(field), description(field))
        for field in msgspec.structs.fields(Settings)
    ]
    return _table(("setting", "default", "what it is"), rows)


def reasons_table() -> str:
    """Every reason with its sentence."""
    return _table(
        ("reason", "what it means, and what to do"),
        [(f"`{reason}`", sentence) for reason, sentence in SENTENCES.items()],
    )


def schema(word: type[msgspec.Struct]) -> str:
    """The JSON Schema of a word, as a file."""
    told = _opened(_dedented(msgspec.json.schema(word, schema_hook=_any)))
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}
    return json.dumps(told, indent=2) + "\n"


def with_table(text: str, name: str, table: str) -> str:
    """A document with the table between its marks."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    assert rest, f"no mark {begin}"
    assert tail, f"no mark {end}"
    return f"{head}{begin}\n{table}\n{end}{tail}"


# Each file, and how it becomes what it should be.
FILES: Mapping[Path, Callable[[str], str]] = {
    DOCS / "settings.md": lambda text: with_table(text, "settings", settings_table()),
    DOCS / "operations.md": lambda text: with_table(text, "reasons", reasons_table()),
    DOCS / "manifest.schema.json": lambda _: schema(Manifest),
    DOCS / "dead-letter.schema.json": lambda _: schema(DeadLetter),
}


def write() -> None:
    """Bring every file up to date."""
    for path, made in FILES.items():
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(made(text), encoding="utf-8")


def _any(kind: type) -> dict[str, Any]:
    """What a provider said of billing is passed on as it is: any value."""
    assert kind is object
    return {"description": "Any value."}


def _opened(told: Any) -> Any:
    """The same, open to the fields of newer versions, which are kept beside those that are known."""
    for shape in told["$defs"].values():
        if shape.get("additionalProperties") is False:
            del (
                shape["additionalProperties"],
                shape["properties"][msgspec.structs.fields(Open)[0].encode_name],
            )
    return told


def _dedented(told: Any) -> Any:
    """The same, each description without the indentation of its docstring."""
    if isinstance(told, list):
        return [_dedented(item) for item in told]
    if not isinstance(told, dict):
        return told
    return {
        key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _dedented(value)
        for key, value in told.items()
    }


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value: Any = field.default
    if isinstance(value, Secret):
        assert not value
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if value not in ("", ()) else "empty"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    write()
