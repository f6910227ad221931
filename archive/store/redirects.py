"""Redirects: botocore follows them to another region of S3's, and to nowhere else.

Of any answer with 301, 302 or 307 it asks for the bucket's region by a HEAD, and if that is redirected as well, for the
region by a HEAD, and so on until its stack is full. A store behind what leads from http to https answers in that way:
https://github.com/boto/botocore/blob/develop/botocore/utils.py (S3RegionRedirectorv2)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def ask_for_the_region_once(client: S3Client) -> None:
    """Take what a HEAD of the bucket is answered for the last word; the region stands in it, if anywhere."""
    client.meta.events.register("before-call.s3.HeadBucket", _followed)


def _followed(params: Mapping[str, Any], **_: object) -> None:
    params["context"].setdefault("s3_redirect", {})["redirected"] = True
