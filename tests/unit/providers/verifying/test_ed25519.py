"""Ed25519: the vectors of RFC 8032, another library's signatures, key sets, and nothing forged."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from providers.verifying.ed25519 import KEYS_MOST, ed25519_fits, keys_in_set, public_key

# https://www.rfc-editor.org/rfc/rfc8032#section-7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# https://www.rfc-editor.org/rfc/rfc8037#appendix-A.2, whose key is that of the first vector.
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc_are_good(key: str, message: str, signature: str) -> None:
    assert ed25519_fits(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@given(message=st.binary(max_size=200), place=st.integers(0, 2**31), bit=st.integers(0, 7))
def test_what_another_library_signs_is_good_and_no_bit_may_be_another(
    message: bytes, place: int, bit: int
) -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert ed25519_fits(key, message, signature)
    changed = bytearray(signature + message)
    changed[place % len(changed)] ^= 1 << bit
    assert not ed25519_fits(key, bytes(changed[64:]), bytes(changed[:64]))


@pytest.mark.parametrize("signature", [b"", b"x", b"x" * 63, b"x" * 65, bytes(64)])
@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, bytes.fromhex(VECTORS[0][0])])
def test_what_is_no_signature_fits_no_key(key: bytes, signature: bytes) -> None:
    """Also a key of small order, under which others would be good for any message."""
    assert not ed25519_fits(key, b"", signature)


def test_the_keys_of_a_set_are_found_padded_or_not_among_others() -> None:
    rsa = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
    body = json.dumps({"keys": [rsa, JWK, {**JWK, "x": JWK["x"] + "="}, {"crv": "Ed25519"}, 7]}).encode()
    assert keys_in_set(body) == (bytes.fromhex(VECTORS[0][0]),) * 2


@pytest.mark.parametrize("x", ["", "AAAA", "no base64!", "\u0661" * 43, None, 7, ["x"], {}])
def test_one_that_is_no_key_spoils_no_other(x: object) -> None:
    """A provider that publishes a mistake beside its key has not changed the key."""
    body = json.dumps({"keys": [{**JWK, "x": x}, JWK]}).encode()
    assert keys_in_set(body) == (bytes.fromhex(VECTORS[0][0]),)
    with pytest.raises(ValueError, match="no Ed25519 key"):
        keys_in_set(json.dumps({"keys": [{**JWK, "x": x}]}).encode())


def test_of_a_long_set_the_first_are_taken() -> None:
    assert len(keys_in_set(json.dumps({"keys": [JWK] * 99}).encode())) == KEYS_MOST


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"keys": []}', b'{"keys": {}}', b'{"keys": [{"kty": "RSA"}]}', b"[" * 5000],
)  # fmt: skip
def test_what_holds_no_key_is_no_key_set(body: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        keys_in_set(body)


@pytest.mark.parametrize("told", ["", "AAAA", "!", "AAAA" * 20])
def test_what_is_no_public_key_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="public key"):
        public_key(told)
