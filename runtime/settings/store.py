"""The store: which bucket, where, and what this S3 needs told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from archive.deployment import Deployment
from archive.store.store_options import StoreOptions
from runtime.settings.group import Group
from runtime.settings.kinds import Seconds
from runtime.settings.mistakes import broken_names


class DeploymentSettings(Group, frozen=True, kw_only=True):
    """Which deployment this is: its queue is named by them too."""

    s3_bucket: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$",
            extra={"form": "2 to 255 letters, digits and . _ - , a letter or digit first"},
            description="The bucket that everything is kept in.",
        ),
    ]
    s3_prefix: Annotated[
        str,
        Meta(
            pattern=r"^([A-Za-z0-9._-]+/)*$",
            extra={"form": "letters, digits and . _ - / , a slash at its end and no two together"},
            description="Put before every key, with a slash at its end, since buckets are shared.",
        ),
    ] = ""

    @property
    def deployment(self) -> Deployment:
        """All processes of this bucket and prefix."""
        return Deployment(self.s3_bucket, self.s3_prefix)


class StoreSettings(DeploymentSettings, frozen=True, kw_only=True):
    """Where everything is kept. Credentials are the usual AWS variables, files or roles."""

    s3_endpoint: Annotated[
        str,
        Meta(
            # A host of letters, digits, dots and dashes, or an IPv6 address; perhaps a port and a path.
            pattern=r"^(https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?)?$",
            description="URL of an S3 that is not AWS's own, https://host[:port]; empty for AWS.",
        ),
    ] = ""
    s3_connect_s: Annotated[Seconds, Meta(description="How long S3 may take to accept a connection.")] = 2.0
    s3_read_s: Annotated[Seconds, Meta(description="How long S3 may be silent within an answer.")] = 10.0
    aws_region: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9-]{0,64}$",
            extra={"form": "up to 64 letters, digits and hyphens"},
            description="The region that requests are signed for; empty: AWS_DEFAULT_REGION or the profile's, else us-east-1 where S3_ENDPOINT is set.",
        ),
    ] = ""
    s3_addressing: Annotated[
        Literal["auto", "path", "virtual"],
        Meta(
            description="Where the bucket's name stands: `path` (host/bucket/key), `virtual` (bucket.host/key), or `auto`: path where S3_ENDPOINT is set, else as AWS wants it."
        ),
    ] = "auto"
    s3_checksum_header: Annotated[
        bool,
        Meta(
            description="Whether uploads carry x-amz-checksum-sha256. `false` for a store that refuses the header (Backblaze B2): uploads carry Content-MD5 then."
        ),
    ] = True
    s3_encryption: Annotated[
        Literal["", "AES256", "aws:kms", "aws:kms:dsse"],
        Meta(description="Encryption at rest that each upload asks for; empty: the bucket's own."),
    ] = ""
    s3_kms_key: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9:/_-]{0,2048}$",
            extra={"form": "up to 2,048 letters, digits and : / _ -"},
            description="The KMS key of S3_ENCRYPTION aws:kms, by id, alias or ARN; empty: the account's own.",
        ),
    ] = ""
    # Images are read back by `fixative get` and replays, and inbox/ and due/ live for seconds.
    s3_image_class: Annotated[
        Literal[
            "",
            "STANDARD",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER_IR",
            "REDUCED_REDUNDANCY",
        ],
        Meta(
            description="Storage class of the images, one that can be read without waiting; empty: the bucket's own. Nothing else is written in it."
        ),
    ] = ""

    @property
    def store_options(self) -> StoreOptions:
        """What the bucket is opened with."""
        return StoreOptions(
            addressing=self.s3_addressing,
            checksum_header=self.s3_checksum_header,
            encryption=self.s3_encryption,
            kms_key=self.s3_kms_key,
            image_class=self.s3_image_class,
            region=self.aws_region,
        )

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A key that is of no use, a port that is none, AWS variables that hold what none of them holds."""
        if values["s3_kms_key"] and not values["s3_encryption"].startswith("aws:kms"):
            yield "S3_KMS_KEY is set and S3_ENCRYPTION is not aws:kms. Expected: both, or neither."
        if not _has_a_port_of_tcp(values["s3_endpoint"]):
            yield "S3_ENDPOINT has a port that is none. Expected: https://host[:port], the port from 1 to 65535."
        yield from broken_names(environment)


def _has_a_port_of_tcp(endpoint: str) -> bool:
    try:
        return urlsplit(endpoint).port != 0
    except ValueError:
        return False
