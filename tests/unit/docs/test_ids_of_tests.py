"""Each process of a parallel run must collect the same tests: no id of one is made of a clock or of chance."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.unit.docs.documents import ROOT

# What makes another value each time: a ULID has a random part, whatever its time.
NEW_EACH_TIME = frozenset(
    {"ULID", "batch_id", "monotonic", "new_key", "now", "replay_id", "time", "today", "token_hex", "uuid4"}
)


def calls(node: ast.AST) -> Iterator[str]:
    """The names of what is called while the decorator is made, not later by a lambda in it."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        called = node.func
        yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    for child in ast.iter_child_nodes(node):
        yield from calls(child)


def changing(source: str) -> list[str]:
    """The tests of a file whose parameters are new each time."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and any(
            NEW_EACH_TIME & set(calls(decorator))
            for decorator in node.decorator_list
            if "parametrize" in set(calls(decorator))
        )
    ]


def test_no_id_is_new_in_each_process() -> None:
    found = {
        path.name: changing(path.read_text(encoding="utf-8")) for path in ROOT.glob("tests/**/test_*.py")
    }
    assert {} == {name: tests for name, tests in found.items() if tests}


def test_one_that_is_new_each_time_is_found() -> None:
    source = '@pytest.mark.parametrize("key", [layout.batch_id(NOW)])\ndef test_it(key): ...\n'
    assert ["test_it"] == changing(source)
