"""The request that a customer submits to a provider, as an order in our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.bounds import ELLIPSIS
from archive.records.notification import without_query
from archive.records.order import REFERENCES_MOST, Order
from archive.records.record import decoder_of
from providers.reading.body import json_kind

_UNSAID = (None, "")


def order_in(
    request: Mapping[str, Any], words: Mapping[str, str], *, references: str, mask: str | None
) -> Order:
    """The order that a request states.

    `words` gives for each field of `Order` the provider's key; `references` and `mask` are the keys of
    the URLs, which are recorded without query and never fetched. All other keys are left out, and with
    them the ticket in `callback_url`.

    Raises:
        Unreadable: `bad_order`, where a value has the wrong type or is out of range.
    """
    said: dict[str, Any] = {
        field: request[key] for field, key in words.items() if request.get(key) not in _UNSAID
    }
    urls = _listed(request.get(references))
    said["references"] = [_place(url, references) for url in urls[:REFERENCES_MOST]]
    if len(urls) > REFERENCES_MOST:
        said["references"][-1] = f"{ELLIPSIS} {len(urls) - REFERENCES_MOST + 1} more"
    if mask is not None and request.get(mask) not in _UNSAID:
        said["mask"] = _place(request[mask], mask)
    try:
        decoder_of(Order)  # its fields are learnt by one thread at a time
        return msgspec.convert(said, Order)
    except msgspec.ValidationError as error:
        raise Unreadable(Reason.BAD_ORDER, f"the request: {error}") from error


def first_of_kind(told: Mapping[str, Any], keys: Sequence[str], kind: type) -> Any:  # JSON is of any type
    """The first value of this kind under these keys: each model's inputs are its own, and another kind means another thing."""
    found = (told.get(key) for key in keys)
    return next((value for value in found if type(value) is kind and value != ""), None)


def pixels(width: object, height: object) -> str | None:
    """A size of two numbers as one word, `1024x768`; None where either is no whole number."""
    return f"{width}x{height}" if type(width) is type(height) is int else None


def _listed(value: object) -> list[Any]:
    if value in _UNSAID:
        return []
    return value if isinstance(value, list) else [value]


def _place(url: object, key: str) -> str:
    """Where a reference stands: host and path; of a `data:` URL its head alone, for the rest is the image."""
    if not isinstance(url, str):
        raise Unreadable(Reason.BAD_ORDER, f"the request: {key} holds {json_kind(url)}")
    if url[:5].lower() == "data:":
        return url[:100].partition(",")[0]
    return without_query(url)
