"""The bytes that a data: URI holds: what leaves no doubt is forgiven, in pieces of any size, and nothing else is."""

from __future__ import annotations

import base64
import random
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.inline.data_uri import HEAD_MAX_BYTES, NoDataUri, decoded

BYTES = random.Random(7).randbytes(1_000)
BASE64 = base64.b64encode(BYTES).decode()
FORGIVEN = {
    "plain": f"data:image/png;base64,{BASE64}",
    "no type": f"data:;base64,{BASE64}",
    "in capitals": f"DATA:IMAGE/PNG;BASE64,{BASE64}",
    "a charset": f"data:image/png;charset=utf-8;base64,{BASE64}",
    "parameters without sense": f"data:image/png;size=1073741824;;name=a.png; base64 ,{BASE64}",
    "no padding": f"data:image/png;base64,{BASE64.rstrip('=')}",
    "more padding than is right": f"data:image/png;base64,{BASE64}====",
    "white space": "data:image/png;base64,\r\n"
    + "\r\n ".join(BASE64[at : at + 76] for at in range(0, 1336, 76)),
    "base64url": f"data:image/png;base64,{base64.urlsafe_b64encode(BYTES).decode()}",
    "percent signs in base64": f"data:image/png;base64,{quote(BASE64, safe='')}",
    "percent signs": f"data:image/png,{quote(BYTES)}",
    "each byte with a percent sign": "data:image/png," + "".join(f"%{byte:02x}" for byte in BYTES),
    "a fragment": f"data:image/png;base64,{BASE64}#=page",
}
MALFORMED = {
    "no comma": ("data:image/png;base64", "no comma"),
    "no comma for long": ("data:" + "x" * 100_000 + ",AAAA", "no comma"),
    "another scheme": ("date:image/png;base64,AAAA", "does not begin"),
    "nothing": ("", "does not begin"),
    "ends within a byte": (f"data:;base64,{BASE64}"[:-7], "ends within a byte"),
    "other characters": ("data:;base64,AAAA!AAA", "other characters"),
    "a surrogate": ("data:;base64,AAAA\ud800", "other characters"),
    "padding within": ("data:;base64,AA==BBBB", "goes on behind its padding"),
    "padding, then more": ("data:;base64,AA==" + " " * 300_000 + "B", "goes on behind its padding"),
}


def bytes_of(uri: str, step: int) -> bytes:
    text = uri.encode("utf-8", "surrogatepass")
    return b"".join(decoded(text[at : at + step] for at in range(0, len(text), step)))


@pytest.mark.parametrize("step", [1, 7, 1_000_000])
@pytest.mark.parametrize("what", FORGIVEN)
def test_the_bytes_are_those_that_were_meant(what: str, step: int) -> None:
    assert BYTES == bytes_of(FORGIVEN[what], step)


@pytest.mark.parametrize("step", [997, 1_000_000])
@pytest.mark.parametrize("what", MALFORMED)
def test_what_could_mean_other_bytes_is_refused_with_the_reason(what: str, step: int) -> None:
    uri, why = MALFORMED[what]
    with pytest.raises(NoDataUri, match=why):
        bytes_of(uri, step)


def test_a_head_is_read_no_further_than_its_bound() -> None:
    asked: list[int] = []

    def endless() -> object:
        while True:
            asked.append(1)
            yield b"data:" + b"x" * 507

    with pytest.raises(NoDataUri):
        next(decoded(endless()))  # type: ignore[arg-type]  # bytes, one after the other
    assert len(asked) <= HEAD_MAX_BYTES // 512 + 1


@given(st.binary(max_size=64), st.integers(1, 9))
def test_any_bytes_come_back_in_either_form(told: bytes, step: int) -> None:
    assert told == bytes_of(f"data:;base64,{base64.b64encode(told).decode()}", step)
    assert told == bytes_of(f"data:,{quote(told)}", step)


@given(st.text(max_size=40), st.integers(1, 9))
def test_any_text_is_decoded_or_refused(text: str, step: int) -> None:
    for uri in (text, f"data:{text}", f"data:;base64,{text}"):
        with suppress(NoDataUri):
            assert len(bytes_of(uri, step)) <= len(uri.encode())
