"""What was asked of the provider."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, structs

from archive.records.bounds import Most, Text
from archive.records.record import Record

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")

# Not `$`, before which a line break may stand; and readable as JSON Schema, unlike `\Z`.
Label = Annotated[str, Meta(pattern=rf"^{LABEL.pattern}(?![\s\S])", extra={"most_bytes": 64})]
Word = Annotated[str, Meta(min_length=1, max_length=64)]


# Models take 32,000 characters; in writing that takes four bytes a character, all of it.
PROMPT_MAX_BYTES = 131_072
REFERENCES_MOST = 32
REFERENCE_MAX_BYTES = 2_048
Reference = Annotated[str, Text(REFERENCE_MAX_BYTES)]


class Order(Record, frozen=True, kw_only=True):
    """What was asked of the provider for one task, in our words; what was not said is None.

    `size` is what the request said: pixels ("1024x1536"), a ratio ("16:9") or "auto".
    Prompts are personal data: an order with one stands in the manifest and in `orders/` only.
    """

    model: Word | None = None
    size: Word | None = None
    resolution: Word | None = None  # "1K", "2K", "4K": pixels for a ratio
    quality: Word | None = None
    output_format: Word | None = None  # "png", "jpeg", "webp"
    n: Annotated[int, Meta(ge=1, le=100)] | None = None
    background: Word | None = None
    label: Label | None = None
    prompt: Annotated[str, Text(PROMPT_MAX_BYTES)] | None = None
    references: Annotated[
        tuple[Reference, ...], Most(REFERENCES_MOST)
    ] = ()  # URLs without query, never fetched
    mask: Reference | None = None  # the same

    @property
    def impersonal(self) -> Order:
        """The order without what stands in the manifest and in `orders/` only."""
        return structs.replace(self, prompt=None, references=(), mask=None)


class Claims(
    Record,
    frozen=True,
    kw_only=True,
    rename={
        "model": "m",
        "size": "s",
        "resolution": "r",
        "quality": "q",
        "output_format": "f",
        "n": "n",
        "label": "l",
        "expires_unix_s": "x",
        "ordered": "o",
    },
):
    """What a ticket says: an order in short, and when the ticket expires (None: never).

    `ordered` says that the order itself is told as well, and stands in `orders/`.
    """

    model: Word | None = None
    size: Word | None = None
    resolution: Word | None = None
    quality: Word | None = None
    output_format: Word | None = None
    n: Annotated[int, Meta(ge=1, le=100)] | None = None
    label: Label | None = None
    expires_unix_s: int | None = None
    ordered: bool = False

    def order(self) -> Order | None:
        """The order that the ticket tells, or None where it tells nothing."""
        said = Order(
            model=self.model,
            size=self.size,
            resolution=self.resolution,
            quality=self.quality,
            output_format=self.output_format,
            n=self.n,
            label=self.label,
        )
        return None if said == Order() else said
