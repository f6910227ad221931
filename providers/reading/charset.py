"""A body in the charset that its Content-Type names, where its bytes are in none of Unicode's encodings.

JSON is UTF-8 (https://www.rfc-editor.org/rfc/rfc8259#section-8.1), so what reads as UTF-8 is read as that, whatever
is said of it: some senders say ISO-8859-1 of everything. Other names than those below are not looked up.
"""

from __future__ import annotations

import json
import re

from providers.reading.content_coding import Plain

# As in https://encoding.spec.whatwg.org/#names-and-labels: a name stands for the largest set of its family.
_CHARSETS = {
    "gbk": "gb18030", "cp936": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-949": "cp949",
}  # fmt: skip
_OF_SINGLE_BYTES = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "us-ascii": "cp1252", "iso-8859-15": "iso8859_15", "windows-1251": "cp1251", "koi8-r": "koi8_r",
}  # fmt: skip
_NAMED = re.compile(r";[ \t]*charset=[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)


def in_utf8(body: bytes, content_type: str | None) -> Plain:
    """The body in UTF-8 where the charset that is named says what it is; else as it is."""
    named = _NAMED.search(content_type or "")
    if named is None or not json.detect_encoding(body).startswith("utf-8") or _is_utf8(body):
        return Plain(body, ())
    name = named[1].lower()
    codec = _CHARSETS.get(name)
    if codec is None and body.decode(errors="ignore").isascii():
        # Where some of it is UTF-8, the rest was cut within a character: in a single-byte charset all bytes read.
        codec = _OF_SINGLE_BYTES.get(name)
    if codec is None:
        return Plain(body, ())
    try:
        return Plain(body.decode(codec).encode(), ("charset",))
    except UnicodeDecodeError:
        return Plain(body, ())


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
