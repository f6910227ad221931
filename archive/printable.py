r"""What a stranger's text may look like where somebody prints it: the one place that says so.

printable      letters, marks, digits, punctuation, symbols, and the plain space
not            control characters (C0, DEL, C1), line and paragraph separators, what turns the direction of writing,
               tags and variation selectors in which text can be hidden, zero-width and other invisible characters
               (the joiner within an emoji among them), other spaces, halves of surrogate pairs, what is private or
               assigned to nothing

one_line       for people, in a cell or a message     U+FFFD in place of each, a space in place of white space
escaped        for logs                               \x1b, \u202e: what was there is still to be read
json_text      for programs                           \u001b, \u202e: the same value, in printable characters
"""

from __future__ import annotations

import re

# All else is looked at one by one.
_NOT_PLAIN = re.compile(r"[^ -~]")
_NOT_PLAIN_JSON = re.compile(r"[^\n -~]")
# What Python calls printable and nobody sees: Default_Ignorable_Code_Point of
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, so far as `str.isprintable` passes it.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
# Which of two looks an emoji or a sign has; one of them hides nothing, and emoji are full of it.
_LOOKS = "\ufe0e\ufe0f"
_ASTRAL = 0x10000


def is_printable(character: str) -> bool:
    """Whether a character shows itself and commands nothing."""
    return character.isprintable() and _INVISIBLE.match(character) is None


def one_line(text: str) -> str:
    """A text in one line for people; its length stays."""
    return text if text.isascii() and text.isprintable() else _NOT_PLAIN.sub(_shown, text)


def escaped(text: str) -> str:
    """A text in one line for logs."""
    return _NOT_PLAIN.sub(_escape, text)


def json_text(data: bytes, *, ascii_only: bool = False) -> str:
    """JSON in printable characters, its own line breaks kept; with `ascii_only`, in those of ASCII."""
    return _NOT_PLAIN_JSON.sub(_json_escape if ascii_only else _json_escape_of_unprintable, data.decode())


def _shown(found: re.Match[str]) -> str:
    character, at = found[0], found.start()
    if is_printable(character):
        return character
    before = found.string[at - 1] if at else " "
    if character in _LOOKS and before != " " and is_printable(before):
        return character
    return " " if character.isspace() else "\ufffd"


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return character if is_printable(character) else character.encode("unicode_escape").decode()


def _json_escape_of_unprintable(found: re.Match[str]) -> str:
    return found[0] if is_printable(found[0]) else _json_escape(found)


def _json_escape(found: re.Match[str]) -> str:
    """As JSON writes it: beyond U+FFFF as two surrogates (https://www.rfc-editor.org/rfc/rfc8259#section-7)."""
    code = ord(found[0])
    if code < _ASTRAL:
        return f"\\u{code:04x}"
    code -= _ASTRAL
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
