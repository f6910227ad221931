"""What to do about a store's refusal, from its own words. Pure; the words are cut short before they come here."""

from __future__ import annotations

import re

# Read from the first to the last; each is a word of the error, and what to do.
_MENDS: tuple[tuple[str, str], ...] = (
    (
        r"AuthorizationHeaderMalformed|unexpected scope|IllegalLocationConstraint|PermanentRedirect",
        "The store signs for another region: set AWS_REGION to the one that it names (Garage: `garage`; R2: `auto`).",
    ),
    (
        r"redirected again|answer to the write has no ETag",
        "S3_ENDPOINT leads to something else than the store: give the store's own address, with https:// where it is asked for by that.",
    ),
    (
        r"SecondLevelDomainForbidden|virtual.hosted.style|PathStyle",
        "Set S3_ADDRESSING=virtual, and S3_ENDPOINT to the host without the bucket's name.",
    ),
    (
        r"x-amz-checksum|x-amz-sdk-checksum|ChecksumAlgorithm",
        "Set S3_CHECKSUM_HEADER=false: this store knows no checksum header; uploads carry Content-MD5 then.",
    ),
    (r"NoSuchBucket|InvalidBucketName", "Make the bucket, or mend S3_BUCKET; Fixative makes none."),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurity",
        "Mend AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (r"ExpiredToken|TokenRefreshRequired|InvalidToken", "Renew the session: AWS_SESSION_TOKEN is over."),
    (r"RequestTimeTooSkewed", "Set the host's clock by NTP; S3 refuses requests that are 15 minutes off."),
    (
        r"KMS|ServerSideEncryption|server.side.encryption",
        "See S3_ENCRYPTION and S3_KMS_KEY, and that this role may use the key.",
    ),
    (r"StorageClass", "See S3_IMAGE_CLASS: the store does not have this class."),
    (
        r"NoCredentials|PartialCredentials|ProfileNotFound",
        "Give credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role.",
    ),
    (r"NoRegionError", "Set AWS_REGION."),
    (
        r"SSLError|CERTIFICATE_VERIFY_FAILED",
        "Trust the store's certificate: AWS_CA_BUNDLE names a file of authorities.",
    ),
    (
        r"EndpointConnectionError|ConnectTimeout|ConnectionClosed",
        "See that S3_ENDPOINT is right and that the store is running.",
    ),
    (
        r"AccessDenied|403|AllAccessDisabled|Forbidden",
        "Let this role get, put and delete objects under the prefix, and list the bucket.",
    ),
)
_KNOWN = [(re.compile(word), mend) for word, mend in _MENDS]


def mend_for(problem: str) -> str:
    """What to do about a problem that a store told; empty where its words are not known."""
    return next((mend for word, mend in _KNOWN if word.search(problem)), "")
