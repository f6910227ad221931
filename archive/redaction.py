"""What must not be stored or shown, cut out of what strangers say: of texts, and of JSON with its field names.

Raw bodies and whole links live in `inbox/`, `due/` and `dead/` alone, which are private and expire; everything
else that keeps or shows a stranger's words keeps and shows them redacted.
"""

from __future__ import annotations

import re

import msgspec

CUT = "***"

# <key id>.<claims>.<43 characters of base64url>: archive/tickets.py.
_TICKET = re.compile(r"[A-Za-z0-9]{1,16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_CALLBACK = re.compile(r"(?<=/callbacks/)([a-z0-9-]{1,32}/)[^\s\"'<>\\]+")
_LINK_QUERY = re.compile(r"""(?i)(https?://[^\s?#"'<>\\]+)[?#][^\s"'<>\\]+""")
_QUERY = re.compile(r"""(?<=[/\w%=.~-])\?[^\s?"'<>\\]*=[^\s"'<>\\]*""")
_USERINFO = re.compile(r"(?<=://)[^\s/@\"'<>\\]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_API_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{8,}")

# Fields of providers' bodies and of requests to them, compared without `_`, `-` and case.
_SECRET_FIELDS = frozenset(
    {
        "accesskey", "accesstoken", "apikey", "apitoken", "authorization", "callback", "callbackurl", "cookie",
        "hook", "key", "notifyurl", "password", "secret", "secretkey", "signature", "token", "webhook", "webhookurl",
        "xapikey",
    }
)  # fmt: skip


def redacted(text: str) -> str:
    """A text without tickets, keys, queries of links and passwords in URLs."""
    text = _CALLBACK.sub(rf"\1{CUT}", text)
    text = _TICKET.sub(CUT, text)
    text = _USERINFO.sub(f"{CUT}@", text)
    text = _BEARER.sub(rf"\1 {CUT}", text)
    text = _API_KEY.sub(CUT, text)
    text = _LINK_QUERY.sub(rf"\1?{CUT}", text)
    return _QUERY.sub(f"?{CUT}", text)


def redacted_json(value: object) -> object:
    """A JSON value without the values of secret fields; its texts redacted, its numbers as they are."""
    match value:
        case str():
            return redacted(value)
        case dict():
            return {
                redacted(str(name)): CUT if _is_secret(str(name), told) else redacted_json(told)
                for name, told in value.items()
            }
        case list() | tuple():
            return [redacted_json(told) for told in value]
        case _:
            return value


def redacted_body(body: bytes) -> bytes:
    """A body that somebody sent: as JSON where it is some, else as a text."""
    try:
        return msgspec.json.encode(redacted_json(msgspec.json.decode(body)))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return redacted(body.decode("utf-8", "replace")).encode()


def _is_secret(name: str, value: object) -> bool:
    """Whether a field holds a secret; `token: 12` counts tokens."""
    return isinstance(value, str) and re.sub(r"[^a-z]", "", name.lower()) in _SECRET_FIELDS
