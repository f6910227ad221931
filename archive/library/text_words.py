"""The words of a text, as they are looked for: the same for who indexes, who asks, and who looks without an index. Pure.

Letters and digits make words, in any case and without accents. Chinese, Japanese and Korean put no space between
words: a run of them is cut into pairs of characters, and its last character stands alone as well, so that a single one
is found as the beginning of a pair, or as that. (SQLite's trigram tokenizer finds no word of two characters.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple

# Nobody looks for more; each is a list that is gone through.
WORDS_MOST = 32
# What is longer is no word of anybody's: base64, a hash. It is found by its beginning.
WORD_MOST_CHARACTERS = 64

_ASCII_WORD = re.compile("[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
# Han, kana, bopomofo, Hangul, and Han beyond the first plane.
_CJK = "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(f"(?P<cjk>[{_CJK}]+)|(?:(?![{_CJK}])[^\\W_])+")


class Word(NamedTuple):
    """A word to look for: its parts follow one another; with `begins` the last is the beginning of one."""

    parts: tuple[str, ...]
    begins: bool = False


def words_in(text: str) -> tuple[Word, ...]:
    """What is looked for where somebody asks for this text: each word once, at most WORDS_MOST."""
    words: dict[Word, None] = {}
    for piece, is_cjk in _pieces(text):
        if not is_cjk:
            words[Word((piece,))] = None
        elif len(piece) == 1:
            words[Word((piece,), begins=True)] = None
        else:
            words[Word(tuple(_pairs(piece)))] = None
    return tuple(words)[:WORDS_MOST]


def tokens_of(text: str) -> list[str]:
    """What stands in the index of a text, in its order."""
    tokens: list[str] = []
    for piece, is_cjk in _pieces(text):
        if is_cjk:
            tokens += [*_pairs(piece), piece[-1]]
        else:
            tokens.append(piece)
    return tokens


def indexed(text: str) -> str:
    """What is given to the index of a text, whose own tokenizer finds `tokens_of` in it."""
    if text.isascii() and max(map(len, text.split()), default=0) <= WORD_MOST_CHARACTERS:
        # It cuts plain text at the same places, and in any case: millions of prompts need no other look.
        return text
    return " ".join(tokens_of(text))


def holds_words(text: str, words: Collection[Word]) -> bool:
    """Whether a text holds all of these words."""
    tokens = tokens_of(text)
    there = set(tokens)
    return all(_stands_in(word, tokens, there) for word in words)


def _stands_in(word: Word, tokens: list[str], there: set[str]) -> bool:
    if word.begins:
        return any(token.startswith(word.parts[0]) for token in there)
    if not there.issuperset(word.parts):
        return False
    length = len(word.parts)
    return length == 1 or any(
        tuple(tokens[at : at + length]) == word.parts
        for at, token in enumerate(tokens)
        if token == word.parts[0]
    )


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Words in small letters without accents, and runs of Chinese, Japanese or Korean."""
    if text.isascii():
        # Most prompts, of which millions are read into an index.
        for word in _ASCII_WORD.findall(text.lower()):
            yield word[:WORD_MOST_CHARACTERS], False
        return
    for found in _PIECE.finditer(_plain(text)):
        is_cjk = found["cjk"] is not None
        yield (found[0] if is_cjk else found[0][:WORD_MOST_CHARACTERS]), is_cjk


def _plain(text: str) -> str:
    # Composed again afterwards: the marks of kana and the letters of Hangul are no accents.
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", bare).casefold()


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
