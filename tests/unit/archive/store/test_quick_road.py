"""The quick road signs as botocore does, and takes a plain answer only for what it says."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError, EndpointConnectionError
from urllib3 import HTTPHeaderDict

from archive.store.clock import Clock
from archive.store.quick_road import QuickRoad

NOW = datetime(2026, 11, 26, 18, 3, 28, tzinfo=UTC)
SUM = base64.b64encode(hashlib.sha256(b"body").digest()).decode()
PUT: dict[str, Any] = {
    "Body": b"body",
    "ChecksumSHA256": SUM,
    "Metadata": {"model": "a  b "},
    "IfNoneMatch": "*",
}


class Raw:
    """A body of urllib3's, as far as botocore reads one."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)
        self.read = self._body.read

    def stream(self) -> Any:
        yield self._body.read()


class Wire:
    """In place of S3: remembers what was sent on the quick road, and answers it; boto3's own way is cut off."""

    def __init__(
        self, *answers: tuple[int, bytes] | Exception, token: str | None = None, **more: Any
    ) -> None:
        self.sent: list[Any] = []
        self.heard: list[str] = []
        self.by_boto3 = 0
        self._answers = list(answers)
        self.credentials = Credentials("key", "secret", token)
        self.client: Any = boto3.client(
            "s3",
            region_name="eu-west-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, signature_version="s3v4"),
            **more,
        )
        clock = Clock()
        clock.now = lambda: NOW  # type: ignore[method-assign] # the test's
        clock.hear = self.heard.append  # type: ignore[method-assign, assignment] # the same
        road = QuickRoad(self._send, self.credentials, clock)
        events = cast("Any", self.client.meta.events)
        events.register_last("before-call.s3", road.ask)
        events.register("before-send.s3", self._cut_off)

    def _send(self, request: Any) -> AWSResponse:
        self.sent.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        headers: Any = HTTPHeaderDict({"ETag": '"e"', "Last-Modified": "Thu, 26 Nov 2026 18:03:28 GMT"})
        headers["Date"] = "Thu, 26 Nov 2026 18:03:27 GMT"
        return AWSResponse(request.url, answer[0], headers, Raw(answer[1]))

    def _cut_off(self, request: Any, **_: object) -> AWSResponse:
        self.by_boto3 += 1
        if hasattr(request.body, "read"):
            assert b"body" == request.body.read()
        headers: Any = HTTPHeaderDict()
        return AWSResponse(request.url, 500, headers, Raw(b"<Error><Code>InternalError</Code></Error>"))


@pytest.mark.parametrize(
    ("operation", "more"), [("put_object", PUT), ("get_object", {}), ("delete_object", {})], ids=str
)
@pytest.mark.parametrize("token", [None, "of-a-role"])
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:8333", "https://s3.example:443"])
def test_a_request_is_signed_as_botocore_signs_it(
    operation: str, more: dict[str, Any], token: str | None, endpoint: str | None
) -> None:
    wire = Wire((200, b""), token=token, endpoint_url=endpoint)
    getattr(wire.client, operation)(Bucket="a-bucket", Key="due/a~b c/ä.json", **more)

    [sent] = wire.sent
    headers = dict(sent.headers)
    told = headers.pop("authorization")
    headers.pop("content-length", None)
    by_botocore = AWSRequest(sent.method, sent.url, headers)
    by_botocore.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(ReadOnlyCredentials("key", "secret", token), "s3", "eu-west-1")
    signature = signer.signature(
        signer.string_to_sign(by_botocore, signer.canonical_request(by_botocore)), by_botocore
    )
    assert told.endswith(f"Signature={signature}")
    assert "20261126T180328Z" == headers["x-amz-date"]
    assert (token is None) == ("x-amz-security-token" not in headers)
    assert 0 == wire.by_boto3


def test_a_body_is_sent_with_its_length_from_where_it_stands() -> None:
    wire = Wire((200, b""), (200, b""))
    file = io.BytesIO(b"a body")
    file.seek(2)
    wire.client.put_object(Bucket="b", Key="k", **{**PUT, "Body": file})
    wire.client.put_object(Bucket="b", Key="k", **PUT)

    assert ["4", "4"] == [sent.headers["content-length"] for sent in wire.sent]


def test_a_plain_success_is_told_as_boto3_tells_it() -> None:
    answer = Wire((200, b"bytes")).client.get_object(Bucket="b", Key="k")

    assert ('"e"', NOW, b"bytes") == (answer["ETag"], answer["LastModified"], answer["Body"].read())


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (412, "PreconditionFailed")])
def test_a_plain_error_is_boto3s_own(status: int, code: str) -> None:
    wire = Wire((status, f"<Error><Code>{code}</Code></Error>".encode()))
    with pytest.raises(ClientError) as told:
        wire.client.get_object(Bucket="b", Key="k")

    assert (code, 0) == (told.value.response["Error"]["Code"], wire.by_boto3)


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"<Error><Code>NoSuchBucket</Code></Error>"), (404, b""), (403, b""), (301, b""), (409, b""), (503, b""),
        (200, b"<Error><Code>InternalError</Code></Error>"),
        EndpointConnectionError(endpoint_url="http://b"),
    ],
    ids=str,
)  # fmt: skip
def test_any_other_answer_has_boto3_ask_again_and_two_in_a_row_for_the_next_minute(answer: Any) -> None:
    wire = Wire(answer, answer)
    for _ in range(3):
        with pytest.raises(ClientError):
            wire.client.put_object(Bucket="b", Key="k", **{**PUT, "Body": io.BytesIO(b"body")})

    assert (2, 3) == (len(wire.sent), wire.by_boto3)


def test_a_request_that_is_refused_by_itself_changes_nothing_for_the_others() -> None:
    wire = Wire((400, b""), (200, b""), (400, b""), (200, b""))
    for _ in range(2):
        with pytest.raises(ClientError):
            wire.client.put_object(Bucket="b", Key="k", **PUT)
        wire.client.put_object(Bucket="b", Key="k", **PUT)

    assert (4, 2) == (len(wire.sent), wire.by_boto3)


@pytest.mark.parametrize("body", [b"<Error><Code>InternalError</Code></Error>", b"<html>Log in</html>"])
def test_an_upload_or_removal_that_is_answered_200_with_a_body_is_not_believed(body: bytes) -> None:
    """S3 may answer 200 before it knows: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""
    wire = Wire((200, body), (200, body))
    for ask in (partial(wire.client.put_object, **PUT), wire.client.delete_object):
        with pytest.raises(ClientError):
            ask(Bucket="b", Key="k")

    assert (2, 2) == (len(wire.sent), wire.by_boto3)


def test_the_time_of_a_refusal_is_heard() -> None:
    """A host whose clock is off is refused once, and boto3 signs by S3's time."""
    wire = Wire((403, b"<Error><Code>RequestTimeTooSkewed</Code></Error>"))
    with pytest.raises(ClientError):
        wire.client.delete_object(Bucket="b", Key="k")

    assert ["Thu, 26 Nov 2026 18:03:27 GMT"] == wire.heard


def test_a_directory_bucket_which_has_sessions_of_its_own_is_asked_by_boto3() -> None:
    wire = Wire()
    with pytest.raises(Exception, match=r"."):
        wire.client.get_object(Bucket="b--euw1-az1--x-s3", Key="k")

    assert [] == wire.sent
