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
        r"SecondLevelDomainForbidden|virtual.hosted.style|PathStyle",
        "Set S3_ADDRESSING=virtual, and S3_ENDPOINT to the host without the bucket's name.",
    ),
    (
        r"x-amz-checksum|x-amz-sdk-checksum|ChecksumAlgorithm",
        "Set S3_CHECKSUM_HEADER=false: this store knows no checksum header; uploads carry Content-MD5 then.",
    ),
    (
        r"Quota|InsufficientStorage|StorageFull|status 507",
        "The store is full, or its quota is: make room there, or raise the quota.",
    ),
    (
        r"EntityTooLarge|RequestEntityTooLarge|status 413",
        "Let what stands before the store take larger uploads (nginx: client_max_body_size).",
    ),
    (
        r"ObjectLocked|WORM|[Rr]etention",
        "Take rules that retain objects off this prefix, or use a bucket with versions: records of seconds are removed.",
    ),
    (
        r"InvalidObjectState",
        "See S3_IMAGE_CLASS and the bucket's own class: what is written must be readable without being restored.",
    ),
    (
        r"API port|not S3's XML|has no ETag",
        "Set S3_ENDPOINT to the store's S3 API, and not to its console or to a page; see what stands before it.",
    ),
    (
        r"it points to|status 30\d|Redirect",
        "Set S3_ENDPOINT to where the store itself answers: no redirect is followed, not even one to https.",
    ),
    (r"NoSuchBucket|InvalidBucketName", "Make the bucket, or mend S3_BUCKET; Fixative makes none."),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurity",
        "Mend AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; if they are right, let what stands before the store pass Host and path as they are.",
    ),
    (r"ExpiredToken|TokenRefreshRequired|InvalidToken", "Renew the session: AWS_SESSION_TOKEN is over."),
    (r"RequestTimeTooSkewed", "Set the host's clock by NTP; S3 refuses requests that are 15 minutes off."),
    (
        r"\bKMS|ServerSideEncryption|server.side.encryption",
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
        r"AccessDenied|\b403\b|AllAccessDisabled|Forbidden",
        "Let this role get, put and delete objects under the prefix, and list the bucket; set S3_ENCRYPTION if a policy demands it.",
    ),
)
_KNOWN = [(re.compile(word), mend) for word, mend in _MENDS]


def mend_for(problem: str) -> str:
    """What to do about a problem that a store told; empty where its words are not known."""
    return next((mend for word, mend in _KNOWN if word.search(problem)), "")
