"""Forms: what a page sent, read within bounds. No file is ever sent, so this is all that is needed."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from archive.errors import NotUnderstood
from console.web.guard import FORM_MAX_BYTES

# A thousand that were selected, and what is said beside.
FIELDS_MOST = 1_100
Form = ImmutableMultiDict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of a form. Raises NotUnderstood."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise NotUnderstood("this is no form of the console")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_MAX_BYTES:
            raise NotUnderstood("the form is too large: select fewer")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST
        )
    except ValueError as error:
        raise NotUnderstood("this form cannot be read, or has too many fields: select fewer") from error
    return ImmutableMultiDict(fields)
