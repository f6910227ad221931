"""What the documents take from the code. `python -m tests.unit.docs.generated` writes it anew."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from archive.library.survey.mismatch import SENTENCES as SENTENCES_OF_KINDS
from archive.reasons import SENTENCES
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.unknown import Open
from archive.rolled.columns import COLUMNS, LATEST
from console.cli.desk import Reading
from console.cli.library import Finding
from console.cli.verbs.dismiss import Dismissing
from console.cli.verbs.fetch import Fetching
from console.cli.verbs.open import Opening
from console.cli.verbs.replay import Replaying
from console.cli.verbs.submit import Submitting
from console.cli.verbs.trigger import Triggering
from console.submitting.minting import Minting
from console.web.settings import ConsoleSettings
from providers.registry import PROVIDERS
from receiver.settings import ReceiverSettings
from runtime.logs.step import STEPS
from runtime.metrics.metric import EVERYBODY
from runtime.metrics.registry import METRICS
from runtime.settings.every import EverySetting
from runtime.settings.group import Group, description, variable
from runtime.settings.kinds import Secret
from runtime.settings.settings import Settings
from runtime.settings.task_apis import group_of
from tests.unit.docs.documents import DOCS, ROOT, name_of, text_of
from tests.unit.docs.env_example import env_example, plain
from tests.unit.docs.of_rights import rights_json, rights_table, secrets_json
from tests.unit.docs.sources import PACKAGES
from tests.unit.docs.tables import table
from workers.settings import WorkerSettings

HOW = "write it anew: python -m tests.unit.docs.generated"


# Who reads settings, and what. `fixative doctor` looks at all of them.
PROCESSES: Mapping[str, type[Settings]] = {
    "the receiver": ReceiverSettings,
    "the worker": WorkerSettings,
    "the console": ConsoleSettings,
}
VERBS: Mapping[str, type[Settings]] = {
    **dict.fromkeys(("export", "failed", "fsck", "get", "index", "ls", "search", "whence"), Finding),
    "dismiss": Dismissing,
    "open": Opening,
    "show": Reading,
    "fetch": Fetching,
    "replay": Replaying,
    "submit": Submitting,
    "trigger": Triggering,
    "url": Minting,
}
_TITLES = {group_of(provider): provider.title for provider in PROVIDERS.values()}


def settings_tables() -> str:
    """Every group of settings: who reads it, and of each setting its variable, its default, its sentence."""
    return "\n".join(
        f"## {_title(group)}\n\n{inspect.getdoc(group)}\nRead by {_readers(group)}.\n\n{_settings_table(group)}"
        for group in EverySetting.groups()
    )


def _settings_table(group: type[Group]) -> str:
    rows = [
        (f"`{variable(field)}`", _default(field), description(field))
        for field in msgspec.structs.fields(group)
    ]
    return table(("setting", "default", "what it is"), rows)


def _title(group: type[Group]) -> str:
    return _TITLES.get(group) or group.__name__.removesuffix("Settings")


def _readers(group: type[Group]) -> str:
    processes = [name for name, kind in PROCESSES.items() if _reads(kind, group)]
    verbs = [f"`{verb}`" for verb, kind in sorted(VERBS.items()) if _reads(kind, group)]
    command = f"the command ({', '.join(verbs)})" if verbs else ""
    told = [*processes, *([command] if command else [])]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _reads(kind: type[Settings], group: type[Group]) -> bool:
    """Whether the group is read, or one that is a part of it or demands more of it."""
    return any(issubclass(read, group) or issubclass(group, read) for read in kind.groups())


def reasons_table() -> str:
    """Every reason with its sentence."""
    return table(
        ("reason", "what it means, and what to do"),
        [(f"`{reason}`", sentence) for reason, sentence in SENTENCES.items()],
    )


def kinds_table() -> str:
    """Every kind of mismatch with its sentence."""
    return table(
        ("kind", "what it means, and what to do"),
        [(f"`{kind}`", told) for kind, told in SENTENCES_OF_KINDS.items()],
    )


def metrics_tables() -> str:
    """Every metric, by who tells it."""
    told: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for metric in METRICS:
        labels = ", ".join(f"`{label.name}`" for label in metric.labels)
        row = (f"`{metric.name}`", metric.kind, metric.unit, labels, metric.meaning)
        told.setdefault(metric.roles, []).append(row)
    head = ("metric", "type", "unit", "labels", "meaning")
    return "\n".join(
        f"## Told by {'every process' if roles == EVERYBODY else ' and '.join(f'the {role}' for role in roles)}\n\n"
        + table(head, rows)
        for roles, rows in told.items()
    )


def packages_table() -> str:
    """Every package with the first sentence of its docstring."""
    packages = sorted(
        path.parent
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
        if not path.parent.is_relative_to(ROOT / "bench") or path.parent == ROOT / "bench"
    )
    return table(
        ("package", "what is in it"), [(f"`{name_of(path)}/`", _first_line(path)) for path in packages]
    )


def steps_table() -> str:
    """Every step of the road that stands in a log."""
    return table(
        ("step", "who says it, and what it is"), [(f"`{step}`", told) for step, told in STEPS.items()]
    )


def columns_table() -> str:
    """The columns of a closed day's table."""
    rows = [(f"`{column.name}`", f"`{column.type}`", column.what) for column in COLUMNS]
    return table(("column", "type", "what it holds"), rows)


def athena_table() -> str:
    """The statement by which Athena reads closed days from a list of files."""
    names = (
        ("BIGINT", "bigint"),
        ("BOOLEAN", "boolean"),
        ("TIMESTAMPTZ", "timestamp"),
        ("VARCHAR", "string"),
    )
    columns = []
    for column in COLUMNS:
        told = column.type
        for ours, theirs in names:
            told = told.replace(ours, theirs)
        told = re.sub(r'"?(\w+)"? (string\[\]|\w+)', r"\1:\2", told) if told.startswith("STRUCT") else told
        told = told.replace("string[]", "array<string>").replace(", ", ",")
        told = re.sub(r"^STRUCT\((.*)\)\[\]$", r"array<struct<\1>>", told)
        columns.append(f"    `{column.name}` {told}")
    return (
        "CREATE EXTERNAL TABLE `lines` (\n" + ",\n".join(columns) + "\n)\n"
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n"
        "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'\n"
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n"
        "LOCATION 's3://BUCKET/athena/catalogue/'"
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
    ROOT / ".env.example": lambda _: env_example(),
    DOCS / "settings.md": lambda text: with_table(text, "settings", settings_tables()),
    DOCS / "operations.md": lambda text: with_table(
        with_table(with_table(text, "reasons", reasons_table()), "kinds", kinds_table()),
        "rights",
        rights_table(),
    ),
    DOCS / "logs.md": lambda text: with_table(text, "steps", steps_table()),
    DOCS / "architecture.md": lambda text: with_table(text, "packages", packages_table()),
    DOCS / "catalogue.md": lambda text: with_table(
        with_table(with_table(text, "columns", columns_table()), "latest", f"```sql\n{LATEST}\n```"),
        "athena",
        f"```sql\n{athena_table()}\n```",
    ),
    DOCS / "metrics.md": lambda text: with_table(text, "metrics", metrics_tables()),
    DOCS / "manifest.schema.json": lambda _: schema(Manifest),
    DOCS / "dead-letter.schema.json": lambda _: schema(DeadLetter),
    ROOT / "infra" / "deploy" / "aws" / "rights.json": lambda _: rights_json(),
    ROOT / "infra" / "deploy" / "aws" / "secrets.json": lambda _: secrets_json(PROCESSES),
}


def write() -> None:
    """Bring every file up to date."""
    for path, made in FILES.items():
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(made(text), encoding="utf-8")


def _first_line(package: Path) -> str:
    """The first line of a package's docstring, without what follows a blank one."""
    told = ast.get_docstring(ast.parse(text_of(package / "__init__.py")))
    assert told, f"{name_of(package)} says nothing of itself"
    return " ".join(told.partition("\n\n")[0].split())


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
    assert not (isinstance(field.default, Secret) and field.default)
    return f"`{plain(field)}`" if plain(field) else "empty"


if __name__ == "__main__":
    write()
