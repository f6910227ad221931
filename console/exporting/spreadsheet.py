"""A stranger's text in a cell of a CSV file: whoever opens it in a spreadsheet sees a text, and nothing is computed. Pure.

Spreadsheets take a cell that begins with = + - or @, with a tab or a line break, or with a fullwidth form of these for
a formula, whatever quotes are around it: https://owasp.org/www-community/attacks/CSV_Injection
An apostrophe before it makes it a text. What nobody sees at its beginning does not hide it.
"""

from __future__ import annotations

import re
import unicodedata

from archive.printable import is_printable

_BEGINNINGS = frozenset("=+-@\u2212")
_BREAKS = frozenset("\t\r\n")
# Text files end at the one, and no UTF-8 holds the others.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def cell(text: str) -> str:
    """A text as a cell may hold it; NUL and halves of surrogate pairs become U+FFFD."""
    text = _NO_TEXT.sub("\ufffd", text)
    return f"'{text}" if _may_be_computed(text) else text


def _may_be_computed(text: str) -> bool:
    for character in text:
        if character in _BREAKS:
            return True
        if _shows(character):
            return unicodedata.normalize("NFKC", character)[:1] in _BEGINNINGS
    return False


def _shows(character: str) -> bool:
    return not character.isspace() and is_printable(character) and character != "\ufffd"
