"""The settings of the store: what can never work is refused at the start, by name."""

from __future__ import annotations

import pytest

from archive.errors import SettingsRefused
from archive.store.bucket import open_bucket
from archive.store.store_options import AS_AWS
from runtime.settings.store import StoreSettings

LEAST = {"S3_BUCKET": "images"}


def test_without_a_word_a_store_is_spoken_to_as_aws_is() -> None:
    assert AS_AWS == StoreSettings.read(LEAST).store_options


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://",
        "http://[",
        "http://host:port",
        "http://host:99999",
        "http://host:0",
        "http://ho st",
        "http://user:password@host",
        "https://host?x=1",
        "host:9000",
        "ftp://host",
    ],
)
def test_an_endpoint_that_is_no_url_of_a_server_is_refused_by_name(endpoint: str) -> None:
    with pytest.raises(SettingsRefused, match="S3_ENDPOINT"):
        StoreSettings.read({**LEAST, "S3_ENDPOINT": endpoint})


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9000", "https://[::1]:9000", "https://s3.example.com/base", "http://minio"]
)
def test_an_endpoint_that_is_one_is_taken_and_can_be_opened(endpoint: str) -> None:
    settings = StoreSettings.read({**LEAST, "S3_ENDPOINT": endpoint})

    assert open_bucket(name="images", endpoint=settings.s3_endpoint).location == "s3://images/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("S3_ADDRESSING", "host"),
        ("S3_ENCRYPTION", "yes"),
        ("S3_IMAGE_CLASS", "DEEP_ARCHIVE"),
        ("S3_KMS_KEY", "alias/kept"),
        ("AWS_REGION", "eu west"),
    ],
)
def test_what_no_store_knows_or_cannot_be_read_back_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        StoreSettings.read({**LEAST, name: value})


def test_a_profile_that_is_not_there_is_refused_when_the_bucket_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(SettingsRefused, match="nobody"):
        open_bucket(name="images")
