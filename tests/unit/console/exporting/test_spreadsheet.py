"""A cell of CSV holds its text, and no spreadsheet computes it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.library.query import TaskRow
from console.exporting.columns import columns
from console.exporting.formats import lines_of
from console.exporting.spreadsheet import cell
from tests.fakes.catalogue import line

NAMES = columns(prompts=True)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
COMPUTED = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", " ", "\u00a0", "\ufeff", "\u200b", "\x00", "\u2003 "]),
        st.sampled_from([*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u2212"]),
        st.sampled_from(["cmd|' /C calc'!A0", "1+1", "", 'HYPERLINK("http://x","y")', "SUM(1;2)"]),
    ),
)


@given(text=st.one_of(ANY_TEXT, COMPUTED))
def test_it_is_read_back_as_it_was_but_for_an_apostrophe(text: str) -> None:
    row = TaskRow(line(prompt=text, label=None))
    told = b"".join(lines_of([row], "csv", NAMES)).decode()
    header, cells = csv.reader(io.StringIO(told, newline=""), strict=True)
    got = dict(zip(header, cells, strict=True))["prompt"]
    right = "".join("\ufffd" if each == "\x00" or "\ud800" <= each <= "\udfff" else each for each in text)
    assert got in {right, f"'{right}"}


@given(text=COMPUTED)
def test_what_would_be_computed_has_an_apostrophe(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize("text", ["shop/summer", "a=b", "1-2", "", " ", "漢字", "[1]", "'=1", "x@y.z"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert text == cell(text)
