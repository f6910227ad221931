"""What must not be stored or shown is cut out of what strangers say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.redaction import AHEAD_CHARACTERS, CUT, redacted, redacted_body, redacted_json
from providers.registry import PROVIDERS

LINK = "https://files.evolink.ai/a.png?X-Amz-Signature=MARK&Expires=1"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
)


@given(st.text())
def test_twice_is_as_good_as_once(text: str) -> None:
    assert redacted(text) == redacted(redacted(text))


# A secret in its surroundings, as (before, secret, after).
SECRETS = [
    ("https://h/callbacks/evolink/", "MARK" * 20, " end"),
    ("got ", f"k1.{'MARK' * 10}.{'MARK' * 10}abc", " end"),
    ("redis://", f"user:{'MARK' * 10}", "@host/0"),
    ("https://", f"user:{'MARK' * 1_000}", "@host/0"),
    ("Authorization: Bearer ", "MARK" * 10, " end"),
    ("the key ", f"sk-{'MARK' * 10}", " end"),
    ("https://files.evolink.ai/a.png?", f"X-Amz-Signature={'MARK' * 1_000}", " end"),
    ("GET /a.png?", f"sig={'MARK' * 10}", " HTTP/1.1"),
    ("Redis says ", "MARKMARKMARK", " end"),
]


@pytest.mark.thorough
@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[0])
def test_of_a_secret_that_lies_across_the_cut_nothing_is_left(secret: tuple[str, str, str]) -> None:
    text = "".join(secret)
    end, far = len(text) + 2, len(text) - AHEAD_CHARACTERS
    # Where it begins, where it ends, where what is looked at ends with it; of the rest each seventh, in every letter.
    cuts = {
        *range(100),
        *range(0, end, 7),
        *range(max(far - 50, 0), far + 50),
        *range(max(end - 100, 0), end),
    }
    told = {redacted(text, most, secrets=("MARKMARKMARK",)) for most in cuts}

    assert [] == [cut for cut in told if "MA" in cut]


@given(st.text(), st.integers(0, 50))
def test_a_text_is_cut_to_its_bound(text: str, most: int) -> None:
    assert len(redacted(text, most)) <= most


@given(st.text("ab .é\n"), st.integers(0, 20))
def test_an_innocent_text_stays_up_to_the_cut(text: str, most: int) -> None:
    assert text[:most] == redacted(text, most)


def test_the_names_and_texts_of_json_are_cut_to_their_bound() -> None:
    assert {"aaa": ["bbb", {"ccc": 12345}]} == redacted_json({"aaaa": ["bbbb", {"cccc": 12345}]}, 3)


@given(ANY_JSON)
def test_any_json_is_redacted_to_json_and_twice_is_as_good_as_once(value: object) -> None:
    once = redacted_json(value)

    assert once == redacted_json(once) == json.loads(json.dumps(once))


@pytest.mark.parametrize(
    "name",
    [
        "callback_url",
        "callbackUrl",
        "Callback-URL",
        "api_key",
        "apiKey",
        "Authorization",
        "token",
        "X-API-Key",
        "webhook_secret",
        "signingSecret",
        "webhookHmacKey",
        "webhookCallbackApiKey",
    ],
)
def test_a_secret_field_is_cut_wherever_it_stands(name: str) -> None:
    assert {"a": [{name: CUT, "n": 1}]} == redacted_json({"a": [{name: "MARK", "n": 1}]})


def test_json_within_a_text_is_redacted_as_json() -> None:
    """kie.ai's `param` repeats the request so, and its `input` once more; slashes may be escaped."""
    inputs = json.dumps({"prompt": "a pier", "webhook_secret": "MARK", "image": LINK})
    param = json.dumps({"callBackUrl": "https://h/MARK", "input": inputs, "n": 2}).replace("/", "\\/")
    shown = redacted_json({"data": {"param": param}})

    assert "MARK" not in json.dumps(shown)
    assert "a pier" in json.dumps(shown)
    assert shown == redacted_json(shown)


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, '{"a": ', "{x}", '{"a": "\\ud83d"}', "[1e999]", "[NaN]"]
)
def test_what_only_begins_like_json_is_a_text(text: str) -> None:
    assert len(json.dumps(redacted_json({"a": text}))) <= len(json.dumps({"a": text})) + 8


def test_numbers_of_what_it_cost_stay() -> None:
    billing = {"credits_used": 2.5, "token": 12, "usage": {"input_tokens": 10, "user_group": "default"}}

    assert billing == redacted_json(billing)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"results": [LINK], "callback_url": "https://h/callbacks/evolink/MARK"}).encode(),
        b"not json " + LINK.encode() + b" \xff",
        b'{"a": "' + LINK.encode(),
        b"[" * 100_000 + LINK.encode(),
        b'{"a":' * 900 + b'"' + LINK.encode() + b'"' + b"}" * 900,
    ],
)
def test_a_body_is_shown_without_its_secrets(body: bytes) -> None:
    assert b"MARK" not in redacted_body(body)


# Where a provider has other names for what the others call alike.
OWN_WORDS = {"fal": {"request_id": "764cabcf-b745-4b3e-ae38-1200304cf45b", "status": "ERROR"}}


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_says_enters_our_words_redacted(name: str) -> None:
    told = {
        "id": "task-unified-1795000000-abcdefgh", "task_id": "task-unified-1795000000-abcdefgh",
        "status": "failed", "model": f"m {LINK}",
        "error": {"code": f"c {LINK}", "message": f"could not post to {LINK} with Bearer MARKMARKMARK"},
        "usage": {"callback_url": "https://h/callbacks/x/MARK", "note": LINK, "credits_used": 3},
    }  # fmt: skip
    notification = PROVIDERS[name].read(json.dumps({**told, **OWN_WORDS.get(name, {})}).encode())

    assert notification.billing is not None
    assert b"MARK" not in notification.to_json()
    assert 3 == notification.billing["usage"]["credits_used"]


@pytest.mark.parametrize("text", ["iVBORw0KGgo" * 200, "iVBOR/+=" * 200, "%89PNG" * 300])
def test_an_image_within_a_text_is_not_shown(text: str) -> None:
    """In a `data:` URI, by itself, in a body that is no JSON, and where the text is cut within it."""
    uri = f"data:image/png;base64,{text}"
    shown = [redacted(uri), redacted(f"got {text}"), redacted(f"got {uri}!", 500), redacted(text)]
    shown += [
        redacted_body(json.dumps({"results": [uri]}).encode()).decode(),
        redacted_body(uri.encode()).decode(),
    ]

    assert [] == [each for each in shown if text[:20] in each or len(each) > 100]
    assert redacted(uri).startswith("data:image/png;base64,")


def test_a_short_data_uri_and_a_long_path_are_shown() -> None:
    for text in ("data:image/png;base64,AAAA", f"https://h/{'a' * 1_000}/b.png", "a" * 1_023):
        assert text == redacted(text)
