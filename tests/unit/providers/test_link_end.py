"""When a link says of itself that it ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers.reading.link_end import end_of_link

AT = "https://files.example/a.png?"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())

ENDS = {
    "AWS": "X-Amz-Date=20261126T110000Z&X-Amz-Expires=3600&X-Amz-Signature=00",
    "small letters": "x-amz-date=20261126T110000Z&x-amz-expires=3600",
    "Google": "X-Goog-Date=20261126T114500Z&X-Goog-Expires=900",
    "Alibaba": "x-oss-date=20261126T115000Z&x-oss-expires=600",
    "Volcengine": "X-Tos-Date=20261126T115000Z&X-Tos-Expires=600",
    "older forms": f"AWSAccessKeyId=a&Expires={SECONDS}&Signature=b",
    "Azure": "sv=2024-11-04&se=2026-11-26T12%3A00%3A00Z&sr=b&sp=r&sig=00",
    "Azure in another zone": "se=2026-11-26T20:00:00%2B08:00&sig=00",
    "Tencent": f"q-sign-time={SECONDS - 600};{SECONDS}&q-signature=00",
    "the first of two": f"Expires={SECONDS + 600}&X-Amz-Date=20261126T110000Z&X-Amz-Expires=3600",
    "the first of the same": f"Expires={SECONDS}&Expires={SECONDS + 600}",
}
NONE = {
    "nothing": "",
    "a life without its beginning": "X-Amz-Expires=3600",
    "a day that there is not": "X-Amz-Date=20260230T110000Z&X-Amz-Expires=3600",
    "a life of a thousand years": "X-Amz-Date=20261126T110000Z&X-Amz-Expires=9999999999",
    "a negative life": "X-Amz-Date=20261126T110000Z&X-Amz-Expires=-5",
    "digits of another script": "Expires=١٧٩٥٦٩٢٤٠٠",
    "a day": "Expires=20261126",
    "milliseconds": f"Expires={SECONDS}000",
    "before 2020": "Expires=1500000000",
    "a short name without a signature": "se=2026-11-26T12%3A00%3A00Z",
    "too much": "&".join(f"a{number}=1" for number in range(100)) + f"&Expires={SECONDS}",
    "year 1 in a zone that is ahead": "se=0001-01-01T00:00:00%2B14:00&sig=00",
}


@pytest.mark.parametrize("query", ENDS.values(), ids=ENDS.keys())
def test_the_stores_words_for_it_are_read(query: str) -> None:
    assert end_of_link(AT + query) == NOON


@pytest.mark.parametrize("query", NONE.values(), ids=NONE.keys())
def test_what_cannot_be_an_end_is_none(query: str) -> None:
    assert end_of_link(AT + query) is None


@pytest.mark.parametrize(
    "link", ["https://[broken", "data:image/png;base64,AAAA", "", "https://h.example/a.png"]
)
def test_what_is_no_signed_link_is_none(link: str) -> None:
    assert end_of_link(link) is None
