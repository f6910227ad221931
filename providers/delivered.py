"""What a delivery says: its coding undone, its body read by its provider's reader."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from archive.delivery import Delivery
from archive.errors import Unreadable
from archive.notification import Notification
from providers.content_coding import plain
from providers.registry import provider_named


def told_by(delivery: Delivery) -> Notification:
    """What a delivery says, in our words, with all that was forgiven.

    Raises:
        Unreadable: with the reason why it cannot become work.
    """
    provider = provider_named(delivery.provider)
    body = plain(delivery.body, delivery.content_encoding)
    told = provider.read(body.body)
    return replace(told, forgave=(*body.forgave, *told.forgave)) if body.forgave else told


def task_named_by(delivery: Delivery) -> str | None:
    """The task that a delivery names, even where the rest of it cannot be read."""
    with suppress(Unreadable):
        provider = provider_named(delivery.provider)
        return provider.read_task_id(plain(delivery.body, delivery.content_encoding).body)
    return None


def plain_body(delivery: Delivery) -> bytes:
    """The body as it may be shown: without its coding, where that can be undone."""
    with suppress(Unreadable):
        return plain(delivery.body, delivery.content_encoding).body
    return delivery.body
