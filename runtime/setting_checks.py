"""Mistakes in settings that their kinds do not show: each as a sentence with the setting's name and no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive.queue.redis_url import read_redis_url, with_sentinel
from runtime.environment import broken
from runtime.setting_kinds import is_proxy_url
from runtime.store_settings import store_contradictions

# A random token of so many letters and digits has over 80 bits.
API_TOKEN_MIN_CHARACTERS = 16
# They travel in an HTTP header, which holds printable ASCII (RFC 9110 5.5), and a token no spaces (RFC 6750 2.1).
_IN_HEADERS = ("api_token", "evolink_api_key", "apiinone_api_key")


def shape(value: str) -> str:
    """What a value looks like, without showing it: it may be a secret."""
    kind = "digits" if value.isdigit() else "blank" if not value.strip() else "text"
    return f"{len(value)} characters of {kind}"


def broken_names(environment: Mapping[str, str]) -> Iterator[str]:
    """The AWS variables, which boto3 reads itself, that hold what no secret, name or file holds."""
    for name in sorted(environment):
        value = environment[name].strip()
        if name.startswith("AWS_") and (why := broken(value)):
            yield f"{name} ({shape(value)}): {why}. Expected: one line of plain text."


def whole_redis_url(values: Mapping[str, Any]) -> str:
    """REDIS_URL with what the settings of Sentinel say beside it.

    Raises:
        ValueError: if it can never work, with what is wrong and no word of it.
    """
    password = values.get("redis_sentinel_password")
    whole = with_sentinel(
        values["redis_url"].reveal(),
        values.get("redis_sentinel_master", ""),
        password.reveal() if password else "",
    )
    read_redis_url(whole)
    return whole


def no_proxy(values: Mapping[str, Any], sentences: Mapping[str, str]) -> Iterator[str]:
    """An egress proxy's URL that is none; no word of it is shown."""
    url = values.get("egress_proxy")
    if url and not is_proxy_url(url.reveal()):
        yield f"EGRESS_PROXY ({shape(url.reveal())}): no URL of a proxy. Expected: {sentences['egress_proxy']}"


def contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """Mistakes that only show between two settings, or in what a secret is for."""
    if bool(values.get("tls_cert")) != bool(values.get("tls_key")):
        yield "TLS_CERT and TLS_KEY go together: one of them is empty. Expected: both files, or neither."
    if values.get("run_s", 150.0) >= values.get("lease_s", 240.0):
        yield "RUN_S is not less than LEASE_S. Expected: a run that ends before its lease does."
    token = values.get("api_token")
    if token and len(token.reveal()) < API_TOKEN_MIN_CHARACTERS:
        yield f"API_TOKEN is too short. Expected: {API_TOKEN_MIN_CHARACTERS} characters or more, chosen at random."
    for name in _IN_HEADERS:
        secret = values.get(name)
        if secret and not (
            secret.reveal().isascii() and secret.reveal().isprintable() and " " not in secret.reveal()
        ):
            yield f"{name.upper()} cannot stand in a header. Expected: ASCII without spaces."
    if values.get("accept_s3_s", 1.5) >= values.get("accept_s", 2.0):
        yield "ACCEPT_S3_S is not less than ACCEPT_S. Expected: time left for the spool."
    yield from store_contradictions(values)
