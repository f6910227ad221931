"""A provider is one file: nobody else's code names one, so that nothing else changes when there is one more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from providers.registry import PROVIDERS

ROOT = Path(__file__).parents[3]
FLOORS = (
    "archive",
    "egress",
    "runtime",
    "receiver",
    "workers",
    "console",
    "infra/local",
    "providers/reading",
)
FILES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def texts_in(code: str) -> Iterator[str]:
    """The texts of a module that do something: no comments, no docstrings; and its names."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name


def test_what_names_one_is_seen() -> None:
    code = '"""Of evolink."""\ndef f(evolink_api):\n    """evolink"""\n    # evolink\n    return f"x {evolink_key} evolink", a.evolink\n'
    assert {"evolink_api", " evolink", "evolink_key", "evolink"} == {
        text for text in texts_in(code) if "evolink" in text
    }


def test_no_code_but_a_providers_own_names_it() -> None:
    words = [word.lower() for provider in PROVIDERS.values() for word in (provider.name, provider.title)]

    named = re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, words))})(?![a-z])")
    assert [] == [
        (path.relative_to(ROOT).as_posix(), text)
        for path in FILES
        for text in texts_in(path.read_text(encoding="utf-8"))
        if named.search(text.lower())
    ]
