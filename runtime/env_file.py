r"""Files of variables, written and read by the same rules: a shell's, as far as it only assigns. Pure.

    # a comment
    NAME=value
    export NAME='any characters, spaces and $ too'
    NAME="it's"                      within them, \ stands before " \ $ `

What a shell would do more with is refused and not guessed at: expansions, commands, words behind a value.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

_NAME_MOST: Final = 255  # characters of a name
_PLAIN: Final = re.compile(r"[^\s'\"\\$`;&|<>()]+")
_EXPANDS: Final = "$`"
_ESCAPED: Final = '"\\$`'


class NoVariables(ValueError):
    """What stands in a line is no variable; the message names the line and not what it holds, which may be a secret."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line} {why}")


def written(variables: Mapping[str, str]) -> str:
    """The text of a file, by name; a shell that reads it gets the very same values."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))


def read(text: str) -> dict[str, str]:
    """The variables of a file; a byte order mark before them, as Windows' Notepad writes, is no part. Raises NoVariables."""
    text = text.removeprefix("\ufeff")
    told: dict[str, str] = {}
    at = 0
    while at < len(text):
        if (next_line := _behind_blank(text, at)) is not None:
            at = next_line
            continue
        name, begin = _name(text, at)
        told[name], at = _value(text, begin)
    return told


def _name(text: str, at: int) -> tuple[str, int]:
    """The name that is assigned to in this line, and where its value begins."""
    begin = _behind(text, at, " \t")
    if text.startswith(("export ", "export\t"), begin):
        begin = _behind(text, begin + len("export "), " \t")
    equals = text.find("=", begin, begin + _NAME_MOST + 1)
    name = text[begin:equals]
    if equals < 0 or not name.isascii() or not name.isidentifier():
        raise NoVariables(_line(text, at), "is not NAME=value")
    return name, equals + 1


def _behind_blank(text: str, at: int) -> int | None:
    """Where the next line begins, if nothing but white space and a comment stands before it."""
    at = _behind(text, at, " \t\r")
    if text.startswith("#", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end + 1
    if at == len(text):
        return at
    return at + 1 if text[at] == "\n" else None


def _behind(text: str, at: int, signs: str) -> int:
    while at < len(text) and text[at] in signs:
        at += 1
    return at


def _value(text: str, begin: int) -> tuple[str, int]:
    """The value that begins here, and where the next line does."""
    pieces: list[str] = []
    at = begin
    while at < len(text) and text[at] not in " \t\r\n":
        sign = text[at]
        if sign == "'":
            end = text.find("'", at + 1)
            if end < 0:
                raise NoVariables(_line(text, at), "has a quote without an end")
            pieces.append(text[at + 1 : end])
            at = end + 1
        elif sign == '"':
            piece, at = _double_quoted(text, at + 1)
            pieces.append(piece)
        elif sign == "\\" and text[at + 1 : at + 2] not in {"", "\n"}:
            pieces.append(text[at + 1])
            at += 2
        elif plain := _PLAIN.match(text, at):
            if at == begin and plain[0].startswith("~"):
                raise _more(text, at)
            pieces.append(plain[0])
            at = plain.end()
        else:
            raise _more(text, at)
    next_line = _behind_blank(text, at)
    if next_line is None:
        raise _more(text, at)
    return "".join(pieces), next_line


def _double_quoted(text: str, begin: int) -> tuple[str, int]:
    pieces: list[str] = []
    at = begin
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] and text[at + 1] in _ESCAPED:
            at += 1
        elif text[at] in _EXPANDS or text[at : at + 2] == "\\\n":
            raise _more(text, at)
        pieces.append(text[at])
        at += 1
    if at >= len(text):
        raise NoVariables(_line(text, begin - 1), "has a quote without an end")
    return "".join(pieces), at + 1


def _more(text: str, at: int) -> NoVariables:
    return NoVariables(
        _line(text, at),
        "holds what a shell would do more with than assign (a space, $, ` or the like): put the value in single quotes",
    )


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
