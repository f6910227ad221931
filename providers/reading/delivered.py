"""What a delivery says: its coding and its charset undone, its body read by its provider's reader."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from archive.errors import Unreadable
from archive.records.delivery import Delivery
from archive.records.notification import Notification
from providers.reading.charset import in_utf8
from providers.reading.content_coding import Plain, plain
from providers.registry import provider_named


def told_by(delivery: Delivery) -> Notification:
    """What a delivery says, in our words, with all that was forgiven.

    Raises:
        Unreadable: with the reason why it cannot become work.
    """
    return told_whole(delivery)[0]


def told_whole(delivery: Delivery) -> tuple[Notification, Mapping[str, str]]:
    """The same, and the `data:` URIs that it holds, by their names. Raises Unreadable."""
    provider = provider_named(delivery.provider)
    body = _undone(delivery)
    told, images = provider.read_whole(body.body)
    return replace(told, forgave=(*body.forgave, *told.forgave)) if body.forgave else told, images


def task_named_by(delivery: Delivery) -> str | None:
    """The task that a delivery names, even where the rest of it cannot be read."""
    with suppress(Unreadable):
        provider = provider_named(delivery.provider)
        return provider.read_task_id(_undone(delivery).body)
    return None


def plain_body(delivery: Delivery) -> bytes:
    """The body as it may be shown: without its coding, where that can be undone."""
    with suppress(Unreadable):
        return _undone(delivery).body
    return delivery.body


def _undone(delivery: Delivery) -> Plain:
    """The body as it was before it was encoded, in UTF-8 where its charset is told. Raises Unreadable."""
    uncoded = plain(delivery.body, delivery.content_encoding)
    text = in_utf8(uncoded.body, delivery.content_type)
    return Plain(text.body, (*uncoded.forgave, *text.forgave))
