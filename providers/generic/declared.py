"""The gateways that a text of TOML declares, and everything that is wrong with it. Pure.

    [gateways.pixelmill]
    id = "/job/task_id"
    ...

Each mistake is told with its line, as far as that can be found, and its field.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from archive.errors import FixativeError
from archive.layout import PROVIDER
from providers.generic.gateway import FACTS, Gateway, Query, Signature, Words, pointers_in, seconds_in
from providers.generic.making import provider_of, refuse_contradictions
from providers.provider import Provider
from providers.reading.statuses import evened

FILE_MAX_BYTES = 262_144
# Each is a value of the metrics' label `provider`.
GATEWAYS_MOST = 16
TOP = "gateways"
_HEADER = re.compile(r"\A\s*\[([^\[\]]+)\]")
_TABLES: Mapping[str, type[msgspec.Struct]] = {"words": Words, "signature": Signature, "query": Query}
_WANTED = {
    "media_hosts": "host names such as files.example.com, or =files.example.com for that one alone, in a list",
    "link_life": 'a length of time such as "24h"',
    "title": "up to 40 letters, digits, spaces and . -",
    "header": "the name of a header",
    "task": "an address that begins with a slash and holds {task_id}",
    "submit": "an address that begins with a slash",
    "base": "scheme and host, https://api.example.com",
    **dict.fromkeys(FACTS, "a JSON pointer, or a list of them"),
    **dict.fromkeys(("completed", "failed", "cancelled", "unfinished"), "a list of words"),
}
# Names of ours in addresses and keys.
_RESERVED = frozenset({"probe", "unknown", "generic"})


class NotDeclared(FixativeError):
    """What is wrong with a text of gateways; `problems` are all of it, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def gateways_in(text: str, taken: Collection[str] = ()) -> dict[str, tuple[Gateway, Provider]]:
    """The gateways by name, each with the provider that it makes; `taken` are names that others have.

    Raises:
        NotDeclared: with every mistake.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotDeclared([f"it is no TOML: {error}"]) from error
    except RecursionError as error:
        raise NotDeclared(["it is no TOML: nested too deep"]) from error
    listed = told.get(TOP)
    problems = [
        f"{_at(text, name)}: no such table; gateways stand in [{TOP}.<name>]" for name in told if name != TOP
    ]
    if not isinstance(listed, dict) or not listed:
        raise NotDeclared([*problems, f"it declares no gateway: begin with [{TOP}.<name>]"])
    if len(listed) > GATEWAYS_MOST:
        problems.append(f"{len(listed)} gateways, at most {GATEWAYS_MOST}")
    made: dict[str, tuple[Gateway, Provider]] = {}
    for name, table in listed.items():
        found = list(_problems(text, name, table, taken))
        if not found:
            gateway = msgspec.convert({**table, "name": name}, Gateway)
            try:
                provider = provider_of(gateway)
                refuse_contradictions(gateway, provider)
            except (ValueError, FixativeError) as error:
                found.append(f"{_at(text, TOP, name)}: {error}")
            else:
                made[name] = gateway, provider
        problems += found
    if problems:
        raise NotDeclared(problems)
    return made


def _problems(text: str, name: str, table: Any, taken: Collection[str]) -> Iterator[str]:
    """What is wrong with one gateway's table by itself."""
    here = _at(text, TOP, name)
    if not PROVIDER.fullmatch(name) or name in _RESERVED:
        yield f"{here}: {name[:40]!r} can be no name: 2 to 32 lower-case letters, digits and dashes, a letter first, and none of {', '.join(sorted(_RESERVED))}"
    if name in taken:
        yield f"{here}: {name} is a provider that is built in: choose another name"
    if not isinstance(table, dict):
        yield f"{here}: a table is wanted, [{TOP}.{name}]"
        return
    yield from _of_struct(text, (TOP, name), {"name": name, **table}, Gateway)
    for fact in FACTS:
        if isinstance(table.get(fact), str | list):
            yield from _pointer_problems(
                text, (TOP, name, fact), table[fact], demanded=fact in {"id", "links"}
            )
    if isinstance(table.get("link_life"), str):
        yield from _raised(text, (TOP, name, "link_life"), lambda: seconds_in(table["link_life"]))
    yield from _doubled_words(text, name, table.get("words"))
    signature, query = table.get("signature"), table.get("query")
    if (
        isinstance(signature, dict)
        and signature.get("scheme") != "standard-webhooks"
        and not signature.get("header")
    ):
        yield f"{_at(text, TOP, name, 'signature')}: `header` is missing: the header that the signature stands in"
    if isinstance(query, dict) and isinstance(query.get("task"), str) and "{task_id}" not in query["task"]:
        yield f"{_at(text, TOP, name, 'query', 'task')}: it must hold {{task_id}}, where the id goes: /v1/tasks/{{task_id}}"
    if isinstance(query, dict) and str(query.get("base", "")).endswith("/"):
        yield f"{_at(text, TOP, name, 'query', 'base')}: without a slash at its end: the addresses begin with one"


def _of_struct(
    text: str, place: tuple[str, ...], table: dict[str, Any], kind: type[msgspec.Struct]
) -> Iterator[str]:
    """Fields that are unknown, missing or of a wrong type."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in table:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, 1)
            hint = (
                f"; is {near[0]} meant?"
                if near
                else f"; there are {', '.join(name for name in fields if name != 'name')}"
            )
            yield f"{_at(text, *place, key)}: no such field{hint}"
    for name, field in fields.items():
        if name not in table:
            if field.required:
                yield f"{_at(text, *place)}: `{name}` is missing"
        elif name in _TABLES and isinstance(table[name], dict):
            yield from _of_struct(text, (*place, name), table[name], _TABLES[name])
        else:
            try:
                msgspec.convert(table[name], field.type)
            except msgspec.ValidationError as error:
                wanted = f"wanted is {_WANTED[name]}" if name in _WANTED else error
                yield f"{_at(text, *place, name)}: {wanted}"


def _pointer_problems(text: str, place: tuple[str, ...], told: Any, *, demanded: bool) -> Iterator[str]:
    if demanded and not told:
        yield f"{_at(text, *place)}: at least one pointer is wanted"
    if isinstance(told, str) or all(isinstance(each, str) for each in told):
        yield from _raised(text, place, lambda: pointers_in(told))


def _doubled_words(text: str, name: str, words: Any) -> Iterator[str]:
    """A word that stands for two states."""
    seen: dict[str, str] = {}
    for status, listed in words.items() if isinstance(words, dict) else ():
        for word in listed if isinstance(listed, list) else ():
            if seen.setdefault(evened(str(word)), status) != status:
                yield f"{_at(text, TOP, name, 'words', status)}: {word!r} stands under {seen[evened(str(word))]} too"


def _raised(text: str, place: tuple[str, ...], read: Any) -> Iterator[str]:
    try:
        read()
    except ValueError as error:
        yield f"{_at(text, *place)}: {error}"


def _at(text: str, *path: str) -> str:
    """A place in the text for people: `line 7, gateways.mill.id`. Where its line cannot be told, that of its table is."""
    name = ".".join(path)
    line = next((found for depth in range(len(path), 0, -1) if (found := _line(text, path[:depth]))), 0)
    return f"line {line}, {name}" if line else name


def _line(text: str, path: tuple[str, ...]) -> int:
    """The line of a table's head, or of a key within its table; 0: it is written in another way."""
    *above, key = path
    table: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _HEADER.match(line):
            table = [word.strip().strip("\"'") for word in found[1].split(".")]
            if table[: len(path)] == list(path):
                return number
        elif table == above and line.partition("=")[0].strip().strip("\"'") == key and "=" in line:
            return number
    return 0
