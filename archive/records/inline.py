"""An image that came within a body, as a `data:` URI: the name that stands in its place wherever a source is told.

    inline:image/png;sha256=<64 hexadecimal digits>

The type is what the URI says, if it says one; the SHA-256 is that of the URI's text, which stands in `inline/` until its
image is kept. So no manifest, no due entry, no letter of a task and no log holds the text.
"""

from __future__ import annotations

import hashlib
import re

SCHEME = "inline:"
# https://www.rfc-editor.org/rfc/rfc6838#section-4.2, in lower case, without signs that mean something in a URL.
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,63}/[a-z0-9][a-z0-9.+_-]{0,63}")
_NAME = re.compile(rf"inline:({_TYPE.pattern})?;sha256=([0-9a-f]{{64}})")


def is_data_uri(link: str) -> bool:
    """Whether a link holds its bytes itself: https://www.rfc-editor.org/rfc/rfc2397."""
    return link[:5].lower() == "data:"


def inline_name(uri: str) -> str:
    """The name of what a `data:` URI holds."""
    told = uri[5:140].partition(",")[0].partition(";")[0].strip().lower()
    return (
        f"{SCHEME}{told if _TYPE.fullmatch(told) else ''};sha256={hashlib.sha256(text_of(uri)).hexdigest()}"
    )


def text_of(uri: str) -> bytes:
    """The text of a URI as it is kept; half a surrogate pair is no reason to lose it."""
    return uri.encode("utf-8", "surrogatepass")


def is_inline(source: str) -> bool:
    """Whether a source is such a name."""
    return _NAME.fullmatch(source) is not None


def inline_sha256(source: str) -> str:
    """The SHA-256 in such a name."""
    return source[-64:]


def inline_type(source: str) -> str:
    """The type in such a name, or nothing."""
    return source.removeprefix(SCHEME).partition(";")[0]
