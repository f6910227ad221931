"""A body in another charset than UTF-8 is read in the one that is named, where the bytes are in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.reading.charset import in_utf8

TEXT = '{"id": "task-1", "status": "failed", "error": {"message": "%s"}}'


@pytest.mark.parametrize(
    ("words", "codec", "content_type"),
    [
        ("内容违规", "gbk", "application/json; charset=gbk"),
        ("内容违规", "gb2312", "application/json;charset=GB2312"),
        ("内容违规", "gb18030", 'application/json ; charset="gb18030"'),
        ("內容違規", "big5", "text/plain; x=y; Charset=Big5"),
        ("コンテンツ", "shift_jis", "application/json; charset=Shift_JIS"),
        ("コンテンツ", "euc-jp", "application/json; charset=EUC-JP"),
        ("콘텐츠", "euc-kr", "application/json; charset=euc-kr"),
        ("Größe", "latin-1", "application/json; charset=ISO-8859-1"),
        ("Größe in €", "cp1252", "application/json; charset=windows-1252"),
        ("Größe in €", "iso8859-15", "application/json; charset='iso-8859-15'"),
        ("содержание", "koi8-r", "application/json; charset=KOI8-R"),
        ("содержание", "cp1251", "application/json; charset=windows-1251"),
    ],
)
def test_the_charset_that_is_named_is_undone_and_told(words: str, codec: str, content_type: str) -> None:
    body = (TEXT % words).encode(codec)

    assert ((TEXT % words).encode(), ("charset",)) == in_utf8(body, content_type)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        # What reads as UTF-8 is UTF-8: many clients say ISO-8859-1 whatever they send.
        ((TEXT % "Größe 内容").encode(), "application/json; charset=ISO-8859-1"),
        ((TEXT % "内容").encode(), "application/json; charset=gbk"),
        (b"{}", "application/json; charset=big5"),
        (b"", "application/json; charset=big5"),
        # Cut within a character, the rest of it is UTF-8 all the same.
        ((TEXT % "Größe").encode().replace(b"e", b"\xe5", 1), "application/json; charset=ISO-8859-1"),
        # `json` knows these by their bytes.
        ((TEXT % "Größe").encode("utf-16"), "application/json; charset=ISO-8859-1"),
        # Bytes that are not in the charset, one that nobody knows, and none.
        (b'{"a": "\xff\xff"}', "application/json; charset=gbk"),
        (b'{"a": "\xe5\x86"}', "application/json; charset=zlib"),
        (b'{"a": "\xe5\x86"}', "application/json; charset=utf-8"),
        (b'{"a": "\xe5\x86"}', "application/json"),
        (b'{"a": "\xe5\x86"}', None),
    ],
)
def test_any_other_body_is_left_as_it_is(body: bytes, content_type: str | None) -> None:
    assert (body, ()) == in_utf8(body, content_type)


@given(st.binary(), st.text())
def test_whatever_is_named_nothing_is_raised(body: bytes, name: str) -> None:
    told = in_utf8(body, f"application/json; charset={name}")

    assert told.body == body or told.forgave == ("charset",)
