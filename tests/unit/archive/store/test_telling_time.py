"""S3's times are read as what they are, and what they are not is left to botocore."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER

from archive.store.telling_time import read_time, session_that_reads

MOMENT = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-26T18:03:28.120Z",
        "2026-11-26T18:03:28Z",
        "2026-11-26T20:03:28.120+02:00",
        "Thu, 26 Nov 2026 18:03:28 GMT",
        "26 November 2026 18:03 UTC",
        "1795716208",
        1795716208,
    ],
)
def test_a_time_is_the_one_that_botocore_reads(told: Any) -> None:
    assert DEFAULT_TIMESTAMP_PARSER(told) == read_time(told)


@pytest.mark.parametrize("told", ["2026-11-26T18:03:28Z", "Thu, 26 Nov 2026 18:03:28 GMT"])
def test_the_forms_that_stores_use_are_not_guessed_at(told: str) -> None:
    """Botocore's own has a time zone of dateutil's making."""
    assert read_time(told).tzinfo is UTC


def test_a_time_without_a_zone_is_utc_wherever_this_host_is() -> None:
    assert read_time("2026-11-26T18:03:28.120") == read_time("2026-11-26T18:03:28.120Z")


def test_the_clients_of_a_session_read_times_so() -> None:
    """https://github.com/boto/botocore/blob/develop/botocore/parsers.py has what may be told."""
    client: Any = session_that_reads(lambda _: MOMENT).create_client(
        "s3", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    shape = client.meta.service_model.operation_model("ListObjectsV2").output_shape
    body = b"<ListBucketResult><Contents><LastModified>noon</LastModified></Contents></ListBucketResult>"
    parser = client._endpoint._response_parser_factory.create_parser("rest-xml")
    page = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)

    assert [{"LastModified": MOMENT}] == page["Contents"]
