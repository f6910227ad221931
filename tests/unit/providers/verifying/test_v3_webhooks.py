"""WaveSpeedAI's look-alike of Standard Webhooks: an answer of another program, and neither is taken for the other."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.registry import PROVIDERS
from providers.verifying.hmac_sha256 import STANDARD_WEBHOOKS, V3_WEBHOOKS, prefixed_text_key, standard_key
from providers.verifying.verifier import Signed, Verdict

# https://wavespeed.ai/docs/docs-api/verifying_webhook has the headers; made with `openssl dgst -sha256 -hmac KEY`.
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_another"
BODY = b'{"id": "45b392b22c3b449fa935bd4dc0000000", "status": "completed", "outputs": ["https://static.wavespeed.ai/1.png"]}'
GOOD = "v3,912d2db409db25140668aa89cc8884a010643f53472cb0463f4a2170c9797ee7"
HEADERS = {
    "webhook-id": "45b392b22c3b449fa935bd4dc",
    "webhook-timestamp": "1758798328",
    "webhook-signature": GOOD,
}
AT = datetime.fromtimestamp(1758798328, UTC)


def judged(
    body: bytes = BODY, *secrets: str, at: datetime = AT, headers: Mapping[str, str] = HEADERS
) -> Verdict:
    keys = [prefixed_text_key(secret) for secret in secrets or (SECRET,)]
    return V3_WEBHOOKS.judge(Signed({**HEADERS, **headers}, body, at), keys)


def test_what_its_documents_sign_is_good() -> None:
    assert PROVIDERS["wavespeed"].verifier is V3_WEBHOOKS
    assert judged().word == "valid"
    # Without its prefix it is the same key, and never one in base64.
    assert judged(BODY, SECRET.removeprefix("whsec_")).word == "valid"
    decoded = standard_key(SECRET)
    assert V3_WEBHOOKS.judge(Signed(HEADERS, BODY, AT), [decoded]).word == "wrong"


def test_each_account_key_has_a_secret_of_its_own_and_any_is_good() -> None:
    assert {judged(BODY, OTHER, SECRET).word, judged(BODY, SECRET, OTHER).word} == {"valid"}
    assert judged(BODY, OTHER).word == "wrong"
    assert V3_WEBHOOKS.judge(Signed(HEADERS, BODY, AT), []).word == "no_key"


@given(place=st.integers(0, 2**31), bit=st.integers(0, 7))
def test_no_bit_of_the_body_may_be_another(place: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[place % len(BODY)] ^= 1 << bit
    assert judged(bytes(changed)).word == "wrong"


@given(
    name=st.sampled_from(["webhook-id", "webhook-timestamp"]),
    place=st.integers(0, 2**31),
    sign=st.characters(),
)
def test_no_character_of_what_is_signed_may_be_another(name: str, place: int, sign: str) -> None:
    value = HEADERS[name]
    place %= len(value)
    changed = value[:place] + sign + value[place + 1 :]
    assert judged(headers={name: changed}).word == ("valid" if changed == value else "wrong")


@given(bit=st.integers(0, 255))
def test_no_bit_of_the_signature_may_be_another(bit: int) -> None:
    changed = bytearray.fromhex(GOOD.removeprefix("v3,"))
    changed[bit // 8] ^= 1 << bit % 8
    assert judged(headers={"webhook-signature": f"v3,{changed.hex()}"}).word == "wrong"


@pytest.mark.parametrize("name", HEADERS)
def test_without_one_of_its_headers_it_is_missing(name: str) -> None:
    told = judged(headers={name: ""})
    assert (told.word, name in told.detail) == ("missing", True)


@pytest.mark.parametrize(
    ("apart_s", "word"), [(0, "valid"), (300, "valid"), (301, "stale"), (-300, "valid"), (-301, "stale")]
)
def test_the_signed_time_is_near_that_of_the_receipt(apart_s: int, word: str) -> None:
    assert judged(at=AT + timedelta(seconds=apart_s)).word == word


def test_neither_scheme_takes_the_others_version_nor_its_letters() -> None:
    key = SECRET.removeprefix("whsec_").encode()
    digest = hmac.digest(
        key, f"{HEADERS['webhook-id']}.{HEADERS['webhook-timestamp']}.".encode() + BODY, hashlib.sha256
    )
    in_base64 = base64.b64encode(digest).decode()
    for signature in (
        f"v1,{in_base64}",
        f"v3,{in_base64}",
        f"v1,{digest.hex()}",
        digest.hex(),
        "v3,",
        "v3,zz",
    ):
        assert judged(headers={"webhook-signature": signature}).word == "wrong"
    assert judged(headers={"webhook-signature": f"v1,{in_base64} v3,{digest.hex()}"}).word == "valid"
    assert STANDARD_WEBHOOKS.judge(Signed(HEADERS, BODY, AT), [standard_key(SECRET)]).word == "wrong"


@given(body=st.binary(max_size=300))
def test_what_we_sign_ourselves_to_try_the_way_is_good(body: bytes) -> None:
    assert V3_WEBHOOKS.sign is not None
    key = prefixed_text_key(SECRET)
    assert V3_WEBHOOKS.judge(Signed(V3_WEBHOOKS.sign(key, body, AT), body, AT), [key]).word == "valid"


@pytest.mark.parametrize("told", ["", "whsec_"])
def test_an_empty_secret_is_none(told: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        prefixed_text_key(told)
