"""Many keys are removed, whatever a store makes of the request for many."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from archive.store.bucket import Bucket, open_bucket
from infra.local.parts.s3 import S3
from tests.integration.store.store_player import Answer, Store, StorePlayer, Told, error

KEYS = [f"due/{number}~a.json" for number in range(3)]


class NoDeleteOfMany(Store):
    """Google's, for long: https://cloud.google.com/storage/docs/xml-api/reference-methods."""

    def before(self, asked: Told) -> Answer | None:
        if asked.method == "POST" and "delete" in urlsplit(asked.path).query:
            return error(
                501,
                "NotImplemented",
                "A header or query you provided requested a function that is not implemented.",
            )
        return None


class RefusesOneOfMany(Store):
    """Names an error for the first key of a request for many."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        if asked.method != "POST":
            return answer
        first = re.compile(rb"<Deleted>(<Key>.*?</Key>).*?</Deleted>", re.DOTALL)
        told = rb"<Error>\1<Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
        return Answer(answer.status, answer.headers, first.sub(told, answer.body, count=1))


class TellsNothingOfMany(Store):
    """Answers a request for many with an empty result, and removes nothing."""

    def before(self, asked: Told) -> Answer | None:
        if asked.method != "POST":
            return None
        body = b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>'
        return Answer(200, {"Content-Type": "application/xml"}, body)


@pytest.mark.parametrize(
    ("store", "requests"),
    [
        (Store(), ["POST"]),
        # It is asked once.
        (NoDeleteOfMany(), ["POST", "DELETE", "DELETE", "DELETE", "DELETE", "DELETE", "DELETE"]),
        (RefusesOneOfMany(), ["POST", "DELETE"]),
        (TellsNothingOfMany(), ["POST", "DELETE", "DELETE", "DELETE"]),
    ],
    ids=lambda told: type(told).__name__ if isinstance(told, Store) else "",
)
def test_what_a_store_does_not_say_is_gone_is_removed_by_itself(
    store: Store, requests: list[str], bucket: Bucket, s3: S3, s3_endpoint: str, prefix: str
) -> None:
    with StorePlayer(store, s3_endpoint) as player:
        played = open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint, attempts=1)
        for _ in range(2):
            for key in KEYS:
                bucket.put(key, b"{}")
            played.delete_all(KEYS)
            assert [] == list(bucket.list(""))
        asked = [told.method for told in player.asked]

    assert asked == (requests if "NoDelete" in type(store).__name__ else requests * 2)
