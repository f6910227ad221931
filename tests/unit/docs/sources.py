"""The sources of the repository, and what people read in them: comments and docstrings."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from tests.unit.docs.documents import ROOT

PACKAGES = ("archive", "bench", "console", "egress", "infra", "providers", "receiver", "runtime", "workers")
PYTHON = sorted(
    path
    for folder in (*PACKAGES, "tests", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if path.is_file()
)
# All else that comments stand in.
OTHERS = (
    *(ROOT / name for name in ("Makefile", "Procfile", "pyproject.toml", ".ci/run", ".editorconfig")),
    ROOT / ".pre-commit-config.yaml",
    *sorted((ROOT / ".github").rglob("*.*")),
)

# Whatever a person may read here; what strangers sent is theirs.
TEXTS = sorted(
    path
    for folder in (*PACKAGES, "tests", "docs", ".github", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".md", ".lua", ".in", ".yml", ".json", ".mjs", ""}
    and path.is_file()
    and "payloads" not in path.parts
) + sorted(
    path for path in ROOT.iterdir() if path.is_file() and path.suffix != ".lock" and path.name != ".git"
)

_URL = re.compile(r"[a-z]+://\S+")
_BEGINNING = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_BETWEEN = {tokenize.COMMENT, tokenize.NL}


def read_by_people(path: Path) -> str:
    """The comments and docstrings of a Python file, or any other file whole; without addresses of the web."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return _URL.sub("", text)
    told, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # A string that is a statement of its own is a docstring.
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and before in _BEGINNING):
            told.append(token.string)
        if token.type not in _BETWEEN:
            before = token.type
    return _URL.sub("", "\n".join(told))
