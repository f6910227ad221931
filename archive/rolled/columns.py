"""A closed day as a table: its columns, and the statements over them. Pure; docs/catalogue.md tells the same to people.

One row is one line of the catalogue: a task's or a dead letter's state at that commit. A column is added and never
changes its meaning; a file that lacks one is read with null in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple


class Column(NamedTuple):
    """One column: its name, its type in DuckDB, and what it holds."""

    name: str
    type: str
    what: str


_IMAGE = (
    'STRUCT("index" BIGINT, "name" VARCHAR, sha256 VARCHAR, width BIGINT, height BIGINT, bytes BIGINT, '
    '"format" VARCHAR, findings VARCHAR[])[]'
)

# Those of both kinds of line, then a task's, then a letter's.
COLUMNS = (
    Column(
        "of",
        "VARCHAR",
        "`task`, `letter`; `unread` for a line that the version which rolled it up could not read",
    ),
    Column("changed_at", "TIMESTAMPTZ", "when the task changed, or the letter's line was written"),
    Column("provider", "VARCHAR", ""),
    Column("task_id", "VARCHAR", "null in the letter of a delivery that names no task"),
    Column("key", "VARCHAR", "of the manifest or of the dead letter, without the prefix"),
    Column("model", "VARCHAR", "as the provider named it"),
    Column("label", "VARCHAR", "as it was ordered with"),
    Column("reason", "VARCHAR", "of the first lost image, or of the letter; docs/operations.md has them all"),
    Column("lost", "BIGINT", "images that were given up"),
    Column("status", "VARCHAR", "`completed`, `failed`, `cancelled`; null in a letter's row"),
    Column("created_at", "TIMESTAMPTZ", "when the task was created, as the provider says"),
    Column("called_at", "TIMESTAMPTZ", "when its first delivery came"),
    Column("kept", "BIGINT", "images that are in the bucket"),
    Column("bytes", "BIGINT", "of these images"),
    Column("formats", "VARCHAR[]", "of these images, each once"),
    Column("sizes", "VARCHAR[]", "the same, as `1024x1536`"),
    Column("findings", "VARCHAR[]", "the kinds of the task's and the images' findings, each once"),
    Column("error", "VARCHAR", "the provider's code where the task failed"),
    Column("ordered_size", "VARCHAR", "as the order said it: pixels, a ratio or `auto`"),
    Column("ordered_n", "BIGINT", "how many images were ordered"),
    Column("quality", "VARCHAR", "as it was ordered"),
    Column("billing", "VARCHAR", "JSON: cost and usage as the provider told them"),
    Column("seeds", "VARCHAR[]", "as the provider told them"),
    Column("unsafe", "BOOLEAN", "whether the provider flagged an image; null where it said nothing"),
    Column("prompt", "VARCHAR", "the beginning of the prompt, where prompts may stand in the catalogue"),
    Column("dismissed", "BOOLEAN", "whether a person closed what the task lost"),
    Column("images", _IMAGE, "each kept image; `name` is the last part of its key"),
    Column("state", "VARCHAR", "of a letter: `stands`, `dismissed`, `gone`"),
    Column("delivery_id", "VARCHAR", "of a delivery's letter"),
    Column(
        "letter_at",
        "TIMESTAMPTZ",
        "the latest moment that the letter tells: of its lines the latest of it holds",
    ),
    Column("given_up_at", "TIMESTAMPTZ", "when the letter was written first"),
    Column("reasons", "VARCHAR[]", "of the letter's images, each once"),
    Column("told", "BIGINT", "of how many images the letter knows"),
    Column("detail", "VARCHAR", "the letter's detail, its beginning"),
    Column("raw", "VARCHAR", "the whole line, only where the other columns do not hold all of it"),
)
NAMES = frozenset(column.name for column in COLUMNS)
# What must be read of a task's row for it to be a line, and to tell which of two holds; of a letter's, all is read.
NEEDED = frozenset({"of", "changed_at", "provider", "task_id", "key", "status", "dismissed", "raw"})
_OF_LETTER = {"state", "delivery_id", "letter_at", "given_up_at", "reasons", "told", "detail"}
_OF_BOTH = {"of", "changed_at", "provider", "task_id", "key", "model", "label", "reason", "lost"}
# What a line says of its schema.
_SCHEMAS = {"task": 1, "letter": 2}
_MOMENT = "strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ')"

# On which every question stands: of several lines of one task or letter the one that holds.
LATEST = """
CREATE VIEW latest AS
SELECT * FROM (
    SELECT *, row_number() OVER (
        PARTITION BY "of", "key"
        ORDER BY
            coalesce(letter_at, changed_at) DESC,
            CASE "state" WHEN 'gone' THEN 2 WHEN 'dismissed' THEN 1 ELSE 0 END DESC,
            coalesce(dismissed, false) DESC
    ) AS place
    FROM "lines" WHERE "of" IN ('task', 'letter')
) AS placed
WHERE place = 1
""".strip()


def load(source: str, columns: Collection[Column] = COLUMNS) -> str:
    """The rows of a file of JSON, one object a line."""
    told = ", ".join(f"'{column.name}': '{_as_json(column)}'" for column in columns)
    picked = ", ".join(f'"{column.name}"' for column in columns)
    return (
        f"SELECT {picked} FROM read_json({quoted(source)}, format = 'newline_delimited', columns = {{{told}}}, "
        "compression = 'gzip', maximum_object_size = 16777216)"
    )


def export(
    source: str, target: str, metadata: Iterable[tuple[str, str]], columns: Collection[Column] = COLUMNS
) -> str:
    """Write the rows of a file of JSON as Parquet, in their order."""
    told = ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in metadata)
    return (
        f"COPY ({load(source, columns)}) TO {quoted(target)} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480, KV_METADATA {{{told}}})"
    )


def lines_of(
    file: str,
    there: Collection[str],
    columns: Collection[str],
    since: datetime | None,
    until: datetime | None,
) -> str:
    """The rows of a day as lines of JSON, those that changed within a span; of tasks the columns that are wanted."""
    known = [column for column in COLUMNS if column.name in there]
    of_task = NEEDED.union(columns) - _OF_LETTER - {"raw", "of"}
    task = _object([column for column in known if column.name in of_task], "task")
    letter = _object([column for column in known if column.name in _OF_LETTER | _OF_BOTH], "letter")
    within = [
        f"({bound} OR \"of\" = 'unread')"
        for bound in (
            f"changed_at >= TIMESTAMPTZ {quoted(since.isoformat())}" if since else "",
            f"changed_at < TIMESTAMPTZ {quoted(until.isoformat())}" if until else "",
        )
        if bound
    ]
    where = f" WHERE {' AND '.join(within)}" if within else ""
    raw = "raw" if "raw" in there else "NULL"
    return (
        f"SELECT CASE WHEN {raw} IS NOT NULL THEN {raw} WHEN \"of\" = 'letter' THEN {letter} ELSE {task} END "
        f"FROM read_parquet({quoted(file)}){where}"
    )


def quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _as_json(column: Column) -> str:
    return "JSON" if column.name == "billing" else column.type.replace("'", "''")


def _object(columns: list[Column], of: str) -> str:
    """A row as JSON."""
    told = [f'"{column.name}" := {_value(column)}' for column in columns]
    told += [f'"schema" := {_SCHEMAS[of]}']
    return f"CAST(to_json(struct_pack({', '.join(told)})) AS VARCHAR)"


def _value(column: Column) -> str:
    if column.type == "TIMESTAMPTZ":
        return _MOMENT.format(name=f'"{column.name}"')
    return f'CAST("{column.name}" AS JSON)' if column.name == "billing" else f'"{column.name}"'
