"""What processes must share is said without a secret, and what differs is named."""

from __future__ import annotations

from archive import tickets
from runtime.fingerprint import Fingerprint, differences, fingerprint_of
from runtime.settings.every import EverySetting

KEYS = ",".join(tickets.new_key(name) for name in ("k1", "k2"))
LEAST = {"S3_BUCKET": "images", "REDIS_URL": "redis://:hunter2pw@cache:6379/3", "TICKET_KEYS": KEYS}


def fingerprint(**changed: str) -> Fingerprint:
    settings = EverySetting.read({**LEAST, **changed})
    return fingerprint_of(settings.store, settings.queue, settings.keys)


OURS = fingerprint()


def differing(**changed: str) -> tuple[str, ...]:
    """How a process with other settings differs."""
    return differences(OURS, fingerprint(**changed))


def test_a_fingerprint_tells_where_and_shows_no_secret() -> None:
    told = OURS.to_json().decode()

    assert ("s3://images/", "cache:6379/3") == (OURS.deployment, OURS.redis)
    assert ["k1", "k2"] == list(OURS.ticket_keys)
    assert [] == [word for word in ["hunter2pw", *KEYS.replace(",", ":").split(":")[1::2]] if word in told]


def test_of_an_endpoint_the_host_alone_is_told() -> None:
    told = fingerprint(S3_ENDPOINT="https://s3.example:9000/base")

    assert "s3.example:9000" == told.store


def test_each_setting_that_differs_is_named() -> None:
    one, two = KEYS.split(",")

    assert () == differing()
    assert ("S3_BUCKET: 'other' there, 'images' here",) == differing(S3_BUCKET="other")
    assert ("S3_PREFIX: 'b/' there, '' here",) == differing(S3_PREFIX="b/")
    assert ("TICKET_KEYS: k2 is not there",) == differing(TICKET_KEYS=one)
    assert ("TICKET_KEYS: k3 is there and not here",) == differing(
        TICKET_KEYS=f"{KEYS},{tickets.new_key('k3')}"
    )
    assert ("TICKET_KEYS: k1 is another key there",) == differing(
        TICKET_KEYS=f"{tickets.new_key('k1')},{two}"
    )


def test_one_server_may_have_two_names() -> None:
    assert () == differing(REDIS_URL="redis://127.0.0.1:6379/3", S3_ENDPOINT="http://127.0.0.1:9000")
