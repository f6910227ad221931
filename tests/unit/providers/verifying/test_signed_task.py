"""kie.ai's signature over task and time: an answer of another program, and no character of what it covers may be another."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.registry import PROVIDERS
from providers.verifying.verifier import Signed, Verdict

# https://docs.kie.ai/common-api/webhook-verification; made with `openssl dgst -sha256 -hmac KEY -binary | base64`.
KEY, OTHER = b"a-key-of-the-settings-page", b"another"
TASK, UNIX = "e989621f54392584b05867f87b160672", 1755599644
HEADERS = {
    "x-webhook-timestamp": str(UNIX),
    "x-webhook-signature": "3lweBzo1CceLQ0dvWyDlwRsSJs+Or5I5434vUMvC53g=",
}
AT = datetime.fromtimestamp(UNIX, UTC)
VERIFIER = PROVIDERS["kie"].verifier


def body(
    task_id: str = TASK, link: str = "https://tempfile.aiquickdraw.com/r/a.png", key: str = "taskId"
) -> bytes:
    result = json.dumps({"resultUrls": [link]})
    return json.dumps(
        {"code": 200, "data": {key: task_id, "state": "success", "resultJson": result}}
    ).encode()


def judged(
    said: bytes | None = None, *keys: bytes, at: datetime = AT, headers: Mapping[str, str] = HEADERS
) -> Verdict:
    assert VERIFIER is not None
    return VERIFIER.judge(
        Signed({**HEADERS, **headers}, body() if said is None else said, at), keys or (KEY,)
    )


def test_what_its_documents_sign_is_good_and_leaves_the_body_uncovered() -> None:
    """So the word is another than that of a signature which covers it, whatever links stand there."""
    assert judged().word == "partial"
    assert judged(body(link="https://tempfile.aiquickdraw.com/r/forged.png")).word == "partial"
    # As the documents' own example of a check reads it.
    assert judged(body(key="task_id")).word == "partial"


def test_while_keys_are_exchanged_either_is_good() -> None:
    assert {judged(body(), OTHER, KEY).word, judged(body(), KEY, OTHER).word} == {"partial"}
    assert judged(body(), OTHER).word == "wrong"
    assert PROVIDERS["kie"].verifier is not None
    assert PROVIDERS["kie"].verifier.judge(Signed(HEADERS, body(), AT), ()).word == "no_key"


@given(place=st.integers(0, len(TASK) - 1), sign=st.sampled_from("0123456789abcdefghXYZ_"))
def test_no_character_of_the_task_may_be_another(place: int, sign: str) -> None:
    changed = TASK[:place] + sign + TASK[place + 1 :]
    assert judged(body(changed)).word == ("partial" if changed == TASK else "wrong")


@given(place=st.integers(0, 9), sign=st.characters())
def test_no_character_of_the_time_may_be_another(place: int, sign: str) -> None:
    value = str(UNIX)
    changed = value[:place] + sign + value[place + 1 :]
    assert judged(headers={"x-webhook-timestamp": changed}).word == (
        "partial" if changed == value else "wrong"
    )


@given(bit=st.integers(0, 255))
def test_no_bit_of_the_signature_may_be_another(bit: int) -> None:
    changed = bytearray(base64.b64decode(HEADERS["x-webhook-signature"]))
    changed[bit // 8] ^= 1 << bit % 8
    assert judged(headers={"x-webhook-signature": base64.b64encode(changed).decode()}).word == "wrong"


@pytest.mark.parametrize("name", HEADERS)
def test_without_one_of_its_headers_it_is_missing(name: str) -> None:
    told = judged(headers={name: ""})
    assert (told.word, name in told.detail) == ("missing", True)


@pytest.mark.parametrize(
    ("apart_s", "word"),
    [(0, "partial"), (300, "partial"), (301, "stale"), (-300, "partial"), (-301, "stale")],
)
def test_the_signed_time_is_near_that_of_the_receipt(apart_s: int, word: str) -> None:
    assert judged(at=AT + timedelta(seconds=apart_s)).word == word


@pytest.mark.parametrize(
    "said", [b"", b"null", b"{}", b'{"data": {"taskId": "../x"}}', b'{"data": {"taskId": 7}}',
             b'{"data": {"taskId": "%b", "task_id": "another"}}' % TASK.encode()],
)  # fmt: skip
def test_of_a_body_that_names_no_task_or_two_nothing_is_signed(said: bytes) -> None:
    told = judged(said)
    assert (told.word, "names no task" in told.detail) == ("wrong", True)


@pytest.mark.parametrize("told", ["v1,AAAA", "!", "AAAA", "AAAA" * 11, "\xe9"])
def test_what_is_no_signature_is_wrong(told: str) -> None:
    assert judged(headers={"x-webhook-signature": told}).word == "wrong"


def test_what_we_sign_ourselves_to_try_the_way_is_as_documented() -> None:
    assert VERIFIER is not None
    assert VERIFIER.sign is not None
    assert VERIFIER.sign(KEY, body(), AT) == HEADERS
