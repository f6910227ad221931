"""What boto3 raises becomes ours: by its code, its status, and what was asked."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from archive.errors import BucketAmiss, BucketForbids, BucketRefuses, BucketUnavailable, Missing, Taken
from archive.store.s3_errors import our_errors
from archive.store.store_mends import mend_for


def refusal(status: int, code: str = "", message: str = "", **headers: str) -> ClientError:
    told = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": told}
    return ClientError(answer, "PutObject")


def ours(error: Exception, **asked: bool) -> Exception:
    with pytest.raises(Exception, match=r"^(?s:.*)$") as told, our_errors("a-key", **asked):
        raise error
    return told.value


def test_nothing_is_missing_but_to_who_reads_and_nothing_taken_but_under_a_condition() -> None:
    gone, failed = refusal(404, "NoSuchKey"), refusal(412, "PreconditionFailed")

    assert [Missing, Missing] == [type(ours(gone, reads=True)), type(ours(gone, conditional=True))]
    assert Taken is type(ours(failed, conditional=True))
    # An upload or a listing without a condition, and one that is in the way of another for now.
    assert [BucketRefuses, BucketRefuses] == [type(ours(gone)), type(ours(failed))]
    assert BucketUnavailable is type(ours(refusal(409, "OperationAborted")))
    assert Taken is type(ours(refusal(409, "OperationAborted"), conditional=True))


def test_a_condition_that_does_not_hold_is_known_by_its_status_whatever_page_comes_with_it() -> None:
    assert Taken is type(ours(refusal(412), conditional=True))


def test_what_cannot_be_read_is_amiss_and_what_cannot_be_reached_is_away() -> None:
    assert BucketAmiss is type(ours(ValueError('Invalid timestamp "soon"')))
    assert BucketAmiss is type(ours(ResponseParserError("no XML")))
    assert BucketUnavailable is type(ours(EndpointConnectionError(endpoint_url="http://s3")))
    assert BucketForbids is type(ours(refusal(403, "AccessDenied")))


def test_a_host_whose_clock_is_off_is_told_the_time_with_the_refusal_and_tries_again() -> None:
    assert BucketUnavailable is type(ours(refusal(403, "RequestTimeTooSkewed")))


@pytest.mark.parametrize(
    ("error", "told", "mend"),
    [
        (refusal(405, "405", "Method Not Allowed"), "status 405 without a code: Method Not Allowed", ""),
        (refusal(500, "500", "Internal Server Error"), "not S3's XML", "S3 API, and not to its console"),
        (refusal(301, "301", "Moved", location="https://s3.example/b?key=1"), "(it points to https://s3.example/b)", "itself answers"),
        (refusal(413), "status 413 without a code", "client_max_body_size"),
        (refusal(507, "InsufficientStorage", "Bucket quota exceeded"), "Bucket quota exceeded", "raise the quota"),
        (refusal(400, "InvalidRequest", "under a retention policy"), "under a retention policy", "retain"),
    ],
    ids=str,
)  # fmt: skip
def test_a_refusal_keeps_the_stores_words_and_has_a_mend(error: ClientError, told: str, mend: str) -> None:
    said = str(ours(error))

    assert told in said
    assert "key=1" not in said
    assert mend in mend_for(said)


def test_digits_and_letters_of_a_key_are_no_word_of_the_stores() -> None:
    assert "" == mend_for("probe/trial-01M8C403KMSEK0SY413Q507SSR/basics: InternalError: We encountered")
