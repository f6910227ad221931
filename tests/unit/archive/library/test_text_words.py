"""What is found in a text, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.library.text_words import WORDS_MOST, holds_words, tokens_of, words_in

FOUND = [
    ("a misty Harbour, at dawn", "harbour"),
    ("a misty harbour, at dawn", "DAWN misty"),
    ("café crème", "cafe creme"),
    ("CAFE", "café"),
    ("Straße im Regen", "strasse"),
    ("\uff27\uff30\uff34\uff14 poster", "gpt4"),
    ("一只小猫在赛博朋克城市", "小猫"),
    ("一只小猫在赛博朋克城市", "赛博朋克"),
    ("一只小猫", "猫"),
    ("一只小猫", "一"),
    ("猫", "猫"),
    ("かわいい猫のイラスト", "イラスト"),
    ("ガラスの城", "ガラス"),
    ("서울의 밤거리", "밤거리"),
    ("gpt4画的猫", "gpt4 猫"),
    ("don't look", "don't"),
    ("x" * 300, "x" * 300),
]
NOT_FOUND = [
    ("a misty harbour", "harb"),
    ("a misty harbour", "harbour night"),
    ("小狗和猫", "小猫"),
    ("小, 猫", "小猫"),
    ("ガラス", "カラス"),
    ("", "harbour"),
]


@pytest.mark.parametrize(("text", "asked"), FOUND)
def test_words_are_found_in_any_case_without_accents_and_in_any_script(text: str, asked: str) -> None:
    assert words_in(asked)
    assert holds_words(text, words_in(asked))


@pytest.mark.parametrize(("text", "asked"), NOT_FOUND)
def test_what_does_not_stand_there_is_not_found(text: str, asked: str) -> None:
    assert not holds_words(text, words_in(asked))


@pytest.mark.parametrize("asked", ["", "  ", '"', "* - ( )", "\0", "\ud800", "🐈"])
def test_a_text_without_a_letter_or_a_digit_holds_no_word(asked: str) -> None:
    assert () == words_in(asked)


@given(st.text(max_size=60))
def test_a_text_is_found_by_its_own_words_and_they_hold_nothing_but_letters_and_digits(text: str) -> None:
    if len(words := words_in(text)) < WORDS_MOST:
        assert holds_words(text, words)
    assert all(token.replace("\u0301", "").isalnum() for token in tokens_of(text) if token.isascii())
