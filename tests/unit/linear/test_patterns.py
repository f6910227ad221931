"""Every regular expression takes time in proportion to the text: a stranger's megabyte holds no process up."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.docs.documents import ROOT
from tests.unit.linear.cost import LINEAR_BELOW, growth
from tests.unit.linear.patterns import HOUSE, hard_texts, patterns

pytestmark = pytest.mark.thorough

PATTERNS = patterns()
FILES = sorted(path for package in HOUSE for path in (ROOT / package).rglob("*.py"))
LEAST, MOST = 2_048, 65_536  # characters
QUADRATIC = [
    # What archive/redaction.py once held, and other ways of the same mistake.
    r"(?i)(https?://[^\s?#]+)[?#][^\s]+",
    r"\s*(\d{1,6})\s*(s|m)\s*(ago)?\s*",
    r"\s+$",
    r"a.*b",
    r"(?:[a-z]+\.)*x",
    r"\w+@\w+",
    r"<!--[^>]*-->",
]


def worst(pattern: re.Pattern[Any]) -> tuple[float, str]:
    """The steepest growth over all hard texts, with the text."""
    found = (1.0, "")
    for head, piece, end in hard_texts(pattern):

        def looked_through(size: int, head: str = head, piece: str = piece, end: str = end) -> None:
            text: Any = head + (piece * (size // len(piece) + 1))[:size] + end
            if isinstance(pattern.pattern, bytes):
                text = text.encode("utf-8", "surrogatepass")
            for _ in pattern.finditer(text):
                pass
            pattern.fullmatch(text)

        found = max(
            found, (growth(looked_through, least=LEAST, most=MOST), f"{head!r}, {piece!r}..., {end!r}")
        )
        if found[0] >= LINEAR_BELOW:
            break
    return found


@pytest.mark.parametrize("where", PATTERNS)
def test_a_pattern_is_linear(where: str) -> None:
    ratio, text = worst(PATTERNS[where])

    assert ratio < LINEAR_BELOW, text


@pytest.mark.parametrize("pattern", QUADRATIC)
def test_a_pattern_that_is_not_linear_is_noticed(pattern: str) -> None:
    assert worst(re.compile(pattern))[0] >= LINEAR_BELOW


def elsewhere(path: Path) -> list[str]:
    """Where a file uses a pattern that it does not compile at its top."""
    tree = ast.parse(path.read_text())
    at_the_top = {
        id(call)
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for call in ast.walk(statement)
    }
    return [
        f"{path.relative_to(ROOT)}: line {call.lineno}: re.{call.func.attr}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "re"
        and call.func.attr != "escape"
        and not (call.func.attr == "compile" and id(call) in at_the_top)
    ]


def test_a_pattern_is_compiled_where_a_module_begins() -> None:
    """Where the tests above find it."""
    # Most files have none, and to parse them all takes seconds.
    using = [path for path in FILES if "import re\n" in path.read_text()]

    assert len(using) > 10
    assert [] == [found for path in using for found in elsewhere(path)]
