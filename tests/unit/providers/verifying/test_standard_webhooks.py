"""Standard Webhooks: what the specification and its own library sign is good, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from providers.verifying.hmac_sha256 import STANDARD_WEBHOOKS, standard_key, text_key
from providers.verifying.verifier import SIGNATURES_MOST, Signed, Verdict

# https://github.com/standard-webhooks/standard-webhooks: the vector of its libraries' tests.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA=="
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
GOOD = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": GOOD,
}


def judged(
    body: bytes = BODY,
    *secrets: str,
    at: datetime = AT,
    without: str = "",
    headers: Mapping[str, str] = HEADERS,
) -> Verdict:
    told = {**HEADERS, **headers}
    told.pop(without, None)
    keys = [standard_key(secret) for secret in secrets or (SECRET,)]
    return STANDARD_WEBHOOKS.judge(Signed(told, body, at), keys)


def test_the_vector_of_the_specification_is_good() -> None:
    assert judged().word == "valid"


def test_a_secret_is_taken_with_and_without_its_prefix_and_padding() -> None:
    plain = OTHER.removeprefix("whsec_")
    assert len({standard_key(each) for each in (OTHER, plain, plain.rstrip("="))}) == 1


@given(body=st.binary(max_size=300), message_id=st.from_regex(r"[A-Za-z0-9_]{1,40}", fullmatch=True))
def test_what_the_official_library_signs_is_good(body: bytes, message_id: str) -> None:
    """Of bodies that are text: the library takes no others."""
    text = body.decode("latin-1")
    signature = Webhook(SECRET).sign(message_id, AT, text)
    assert (
        judged(text.encode(), headers={"webhook-id": message_id, "webhook-signature": signature}).word
        == "valid"
    )


@given(body=st.binary(max_size=300))
def test_what_we_sign_ourselves_to_try_the_way_is_good(body: bytes) -> None:
    """And as the official library has it."""
    assert STANDARD_WEBHOOKS.sign is not None
    headers = STANDARD_WEBHOOKS.sign(standard_key(SECRET), body, AT)
    assert STANDARD_WEBHOOKS.judge(Signed(headers, body, AT), [standard_key(SECRET)]).word == "valid"
    if body.isascii():
        theirs = Webhook(SECRET).sign(headers["webhook-id"], AT, body.decode())
        assert theirs == headers["webhook-signature"]


@pytest.mark.parametrize(
    "signature", [f"{GOOD} v1,AAAA", f"v1,AAAA {GOOD}", f"v1a,hnO3 {GOOD}", f"  {GOOD}  "]
)
def test_one_good_signature_of_several_is_enough(signature: str) -> None:
    assert judged(headers={"webhook-signature": signature}).word == "valid"


def test_of_a_long_list_the_first_count() -> None:
    others = " ".join(["v1,AAAA"] * SIGNATURES_MOST)
    assert judged(headers={"webhook-signature": f"{others} {GOOD}"}).word == "wrong"


def test_while_secrets_are_exchanged_either_is_good() -> None:
    assert {judged(BODY, OTHER, SECRET).word, judged(BODY, SECRET, OTHER).word} == {"valid"}
    assert judged(BODY, OTHER).word == "wrong"


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("empty", [True, False])
def test_without_one_of_its_headers_it_is_missing(name: str, *, empty: bool) -> None:
    told = judged(headers={name: ""}) if empty else judged(without=name)
    assert (told.word, name in told.detail) == ("missing", True)


def test_without_a_secret_nothing_is_known() -> None:
    assert STANDARD_WEBHOOKS.judge(Signed(HEADERS, BODY, AT), []).word == "no_key"


@pytest.mark.parametrize(
    ("apart_s", "word"), [(0, "valid"), (300, "valid"), (301, "stale"), (-300, "valid"), (-301, "stale")]
)
def test_the_signed_time_is_near_that_of_the_receipt(apart_s: int, word: str) -> None:
    """Five minutes either way, by the receipt: settled an hour later it is as good."""
    assert judged(at=AT + timedelta(seconds=apart_s)).word == word


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


@pytest.mark.parametrize(
    "signature",
    ["v1", "v1,", ",", " ", "v2,AAAA", GOOD.replace("v1", "v3"), GOOD[:-3], "v1,\xe9", "v1,=", GOOD.removeprefix("v1,")],
)  # fmt: skip
def test_what_is_no_signature_is_wrong(signature: str) -> None:
    assert judged(headers={"webhook-signature": signature}).word in {"wrong", "missing"}


@pytest.mark.parametrize("told", ["", "whsec_", "no base64!"])
def test_what_is_no_secret_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"secret|base64"):
        standard_key(told)


def test_an_empty_secret_is_none() -> None:
    with pytest.raises(ValueError, match="empty"):
        text_key("")
