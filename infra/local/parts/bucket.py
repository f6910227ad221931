"""The bucket of the stack, made when it is missing. Our own thin client: the stack must not lean on what it tests."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A probe that is repeated anyway: a slow answer is none.
_CONNECT_S, _READ_S = 1.0, 5.0
_PROBE_KEY = "local-stack-probe"


@dataclass(frozen=True)
class BucketAddress:
    """Where a bucket is, and who may speak to it; without keys, whom boto3 finds by its usual ways."""

    endpoint: str
    bucket: str
    access_key: str | None = None
    secret_key: str | None = None
    prefix: str = ""
    region: str = "us-east-1"


def client(address: BucketAddress) -> S3Client:
    """A client for the S3 at this address, which tries once and is bounded."""
    # A profile that the shell names may not be there, and is not asked where there are keys.
    no_profile = {"profile": (None, None, None, None)} if address.access_key else None
    session = boto3.session.Session(botocore_session=botocore.session.Session(session_vars=no_profile))
    return session.client(
        "s3",
        endpoint_url=address.endpoint,
        region_name=address.region,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        config=Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )


class Maker:
    """Makes the bucket if it is missing, asked again and again while S3 starts.

    It has one client, as to make one takes longer than to ask; between two tries it holds no connection.
    """

    def __init__(self, address: BucketAddress) -> None:
        self._address = address

    @functools.cached_property
    def _client(self) -> S3Client:
        return client(self._address)

    def made(self) -> bool:
        """Whether the bucket is there and takes objects now."""
        address, s3 = self._address, self._client
        try:
            try:
                s3.head_bucket(Bucket=address.bucket)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004 - HTTP's own
                    return False
                s3.create_bucket(Bucket=address.bucket)
            # SeaweedFS answers before it knows of its volumes, which only an object with bytes needs.
            s3.put_object(Bucket=address.bucket, Key=address.prefix + _PROBE_KEY, Body=b"probe")
            s3.get_object(Bucket=address.bucket, Key=address.prefix + _PROBE_KEY)["Body"].read()
            s3.delete_object(Bucket=address.bucket, Key=address.prefix + _PROBE_KEY)
        except (BotoCoreError, ClientError):
            return False
        finally:
            s3.close()
        return True
