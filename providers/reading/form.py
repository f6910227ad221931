"""The JSON in a form: what a sender makes of `payload={...}` when it takes a webhook for a page's form.

payload=%7B%22id%22%3A...%7D        one field of it, percent-encoded; also with the JSON as it stands
%7B%22id%22%3A...%7D=               its name, where a sender gave it none
--boundary                          or in parts
Content-Disposition: form-data; name="payload"

{"id": ...}
--boundary--
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote_plus

from archive.errors import Unreadable
from archive.reasons import Reason

FIELDS_MOST = 100
# { and [, as they begin a form that is nothing but the JSON: in place of a field, or as the name of an empty one.
_QUOTED_BEGINNINGS = {"%7b", "%5b"}

_NAME = re.compile(r"\A[A-Za-z_][A-Za-z0-9_.\[\]-]{0,63}=")
# https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1: a boundary has up to 70 characters.
_BOUNDARY = re.compile(r"\A--[!-~]{1,70}(?=\r?\n)")


def json_in_form(text: str) -> str | None:
    """The text of the one field that holds a JSON object or array; None where the text is no form, or holds none.

    Raises:
        Unreadable: `ambiguous`, where several do.
    """
    if _NAME.match(text):
        told = text.partition("=")[2].strip()
        found = [told] if _begins_json(told) else _of_fields(text)
    elif boundary := _BOUNDARY.match(text):
        found = _of_parts(text, boundary[0])
    elif text[:3].lower() in _QUOTED_BEGINNINGS:
        found = _json_among([unquote_plus(text.removesuffix("="))])
    else:
        return None
    if len(found) > 1:
        raise Unreadable(Reason.AMBIGUOUS, f"the body is a form with {len(found)} fields of JSON")
    return found[0] if found else None


def _of_fields(text: str) -> list[str]:
    try:
        fields = parse_qsl(text, max_num_fields=FIELDS_MOST)
    except ValueError:
        return []
    return _json_among(value for _, value in fields)


def _of_parts(text: str, boundary: str) -> list[str]:
    parts = text.replace("\r\n", "\n").split(f"{boundary}\n", FIELDS_MOST)
    last = f"\n{boundary}--"
    return _json_among(part.partition("\n\n")[2].partition(last)[0] for part in parts)


def _json_among(values: Iterable[str]) -> list[str]:
    return [value.strip() for value in values if _begins_json(value)]


def _begins_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "[", '"'}
