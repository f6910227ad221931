"""What is printed of a stranger's text shows itself and commands nothing."""

from __future__ import annotations

import json
import sys
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.printable import escaped, is_printable, json_text, one_line

EVERY = range(sys.maxunicode + 1)
OBEYED = [
    *map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)),  # C0, DEL, C1
    "\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)),  # direction
    "\u2028", "\u2029",  # separators
    "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u115f", "\u3164", "\uffa0",  # not seen
    *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0000, 0xE1000)),  # text can be hidden in these
    "\ud800", "\udfff", "\ue000", "\U0010ffff", "\u0378",  # halves, private, unassigned
]  # fmt: skip
# With halves of surrogate pairs, as file names have them.
ANY_TEXT = st.text(st.characters(codec=None) | st.sampled_from(OBEYED))


def test_a_character_that_is_obeyed_or_unseen_is_not_printed() -> None:
    assert [] == [
        ascii(character)
        for character in OBEYED
        if is_printable(character)
        or (character in one_line(f" {character}x") and character != " ")
        or character in escaped(character)
    ]


def test_letters_and_signs_of_every_script_are_printed() -> None:
    seen = [character for character in map(chr, EVERY) if unicodedata.category(character)[0] in "LNPS"]
    unprinted = {character for character in seen if one_line(character) != character}

    # Blanks that Unicode counts among the letters.
    assert {"\u115f", "\u1160", "\u3164", "\uffa0"} == unprinted


def test_whatever_python_calls_unprintable_is_not_printed() -> None:
    told = [character for character in map(chr, EVERY) if not character.isprintable()]

    assert [] == [character for character in told if is_printable(character)]


@given(ANY_TEXT)
def test_a_line_for_people_is_as_long_as_the_text_and_printable(text: str) -> None:
    told = one_line(text)

    assert len(text) == len(told)
    assert all(is_printable(character) or character in "\ufe0e\ufe0f" for character in told)
    assert told == one_line(told)


@given(ANY_TEXT)
def test_a_line_of_a_log_is_printable(text: str) -> None:
    assert all(map(is_printable, escaped(text)))


def test_what_is_not_printed_is_still_to_be_seen() -> None:
    assert "a\ufffd[2Jb  c\ufffdd\ufffd" == one_line("a\x1b[2Jb\r\nc\u202ed\x9b")
    assert r"a\x1b[2Jb\r\nc\u202ed\x9b\U000e0041" == escaped("a\x1b[2Jb\r\nc\u202ed\x9b\U000e0041")


def test_an_emoji_keeps_its_look_and_not_its_joiner() -> None:
    # A joiner is as good a place to hide things in as any other invisible character; --json tells it.
    assert "\u2764\ufe0f \U0001f469\ufffd\U0001f4bb \ufffd" == one_line(
        "\u2764\ufe0f \U0001f469\u200d\U0001f4bb \ufe0f"
    )


@given(st.recursive(st.none() | st.text(), lambda some: st.lists(some) | st.dictionaries(st.text(), some)))
def test_json_is_printable_and_has_the_same_value(value: object) -> None:
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    for ascii_only in (False, True):
        told = json_text(data, ascii_only=ascii_only)

        assert value == json.loads(told) == msgspec.json.decode(told)
        assert all(is_printable(character) or character == "\n" for character in told)
        assert told.isascii() or not ascii_only


@pytest.mark.parametrize(
    ("character", "told"),
    [("\x7f", r'"\u007f"'), ("\x9b", r'"\u009b"'), ("\U000e0041", r'"\udb40\udc41"'), ("\u6f22\U0001f600", '"\u6f22\U0001f600"')],
    ids=["DEL", "C1", "a tag", "what is printable"],
)  # fmt: skip
def test_json_escapes_what_is_not_printable_as_json_does(character: str, told: str) -> None:
    assert told == json_text(msgspec.json.encode(character))
