"""The documents of the repository, and what a test may want of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "infra").rglob("*.md")),
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    """A document's name in a test's own."""
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    """A document whole."""
    return path.read_text(encoding="utf-8")


def fenced(path: Path, *languages: str) -> Iterator[str]:
    """The fenced blocks in these languages, continued lines made one."""
    for language, block in _FENCE.findall(text_of(path)):
        if language in languages:
            yield block.replace("\\\n", " ")


def inline_code(path: Path) -> list[str]:
    """What stands in backticks, outside fenced blocks."""
    return _INLINE.findall(_FENCE.sub("", text_of(path)))


def headings(path: Path) -> list[str]:
    """The headings, as they stand."""
    return _HEADING.findall(_FENCE.sub("", text_of(path)))


def rows_under(path: Path, heading: str) -> list[list[str]]:
    """The rows, without its head, of the first table between a heading and the next one."""
    section = re.split(rf"^#+ {re.escape(heading)}$", text_of(path), maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]
