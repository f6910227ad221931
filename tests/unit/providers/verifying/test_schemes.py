"""The signatures of each provider that signs: made from its documents by other code, and no bit may be another."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from providers.registry import PROVIDERS
from providers.verifying.verifier import Signed, Verifier

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
UNIX = str(int(NOW.timestamp()))
BODY = b'{"error": null, "request_id": "5057fca7", "status": "OK", "payload": {"seed": 17454220438242315174}}'
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def verifier_of(name: str) -> Verifier:
    verifier = PROVIDERS[name].verifier
    assert verifier is not None
    return verifier


def of_fal(body: bytes = BODY, at: str = UNIX) -> dict[str, str]:
    """https://docs.fal.ai/model-endpoints/webhooks#verifying-your-webhook."""
    told = ["5057fca7", "github|1", at]
    message = "\n".join([*told, hashlib.sha256(body).hexdigest()]).encode()
    names = ("request-id", "user-id", "timestamp", "signature")
    values = [*told, PRIVATE.sign(message).hex()]
    return {f"x-fal-webhook-{name}": value for name, value in zip(names, values, strict=True)}


def of_bfl(body: bytes = BODY) -> dict[str, str]:
    """https://github.com/black-forest-labs/skills, on webhooks."""
    return {"x-bfl-signature": f"sha256={hmac.new(b'secret', body, hashlib.sha256).hexdigest()}"}


GOOD: dict[str, tuple[Mapping[str, str], bytes]] = {"fal": (of_fal(), PUBLIC), "bfl": (of_bfl(), b"secret")}
each = pytest.mark.parametrize("name", GOOD)


def word(name: str, headers: Mapping[str, str], body: bytes = BODY, at: datetime = NOW, *keys: bytes) -> str:
    return verifier_of(name).judge(Signed(headers, body, at), keys or (GOOD[name][1],)).word


@each
def test_what_its_documents_sign_is_good_under_any_of_its_keys(name: str) -> None:
    headers, key = GOOD[name]
    assert word(name, headers) == "valid"
    assert word(name, headers, BODY, NOW, b"x" * 32, key) == "valid"
    assert word(name, headers, BODY, NOW, b"x" * 32) == "wrong"


@each
@given(place=st.integers(0, 2**31), bit=st.integers(0, 7))
def test_no_bit_of_the_body_may_be_another(name: str, place: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[place % len(BODY)] ^= 1 << bit
    assert word(name, GOOD[name][0], bytes(changed)) == "wrong"


@each
def test_a_body_that_was_written_again_is_wrong(name: str) -> None:
    """What is signed are the bytes, with their spaces."""
    assert word(name, GOOD[name][0], BODY.replace(b": ", b":")) == "wrong"


@each
def test_no_header_may_be_another_or_absent(name: str) -> None:
    headers, _ = GOOD[name]
    for header, value in headers.items():
        assert word(name, {**headers, header: ("1" if value[0] != "1" else "2") + value[1:]}) == "wrong"
        assert word(name, {**headers, header: ""}) == "missing"


@each
@pytest.mark.parametrize("told", ["sha256=", "sha256=zz", "zz", "sha1=00", "sha256=" + "0" * 64, "00", "é"])
def test_what_is_no_signature_is_wrong(name: str, told: str) -> None:
    headers = dict(GOOD[name][0])
    headers[[*headers][-1]] = told
    assert word(name, headers) == "wrong"


def test_a_time_that_is_signed_is_near_the_receipt() -> None:
    late = NOW + timedelta(seconds=301)
    assert (word("fal", of_fal(), BODY, late), word("bfl", of_bfl(), BODY, late)) == ("stale", "valid")
    for told in ("", "1e3", "-5", "9" * 13, "١٢٣"):
        assert word("fal", {**of_fal(), "x-fal-webhook-timestamp": told}) in {"wrong", "missing"}


def test_what_we_sign_ourselves_to_try_the_way_is_good() -> None:
    sign = verifier_of("bfl").sign
    assert sign is not None
    assert sign(b"secret", BODY, NOW) == of_bfl()
    assert verifier_of("fal").sign is None
