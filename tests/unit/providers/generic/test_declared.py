"""What a text of gateways declares, and how each mistake in it is told."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from providers.generic.declared import GATEWAYS_MOST, NotDeclared, gateways_in
from providers.verifying.verifier import Signed
from tests.unit.providers.generic.gateways import KILN, LEAST

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PREFIX = "sha256="


def problems_of(text: str) -> list[str]:
    with pytest.raises(NotDeclared) as refused:
        gateways_in(text, {"bfl"})
    return list(refused.value.problems)


def test_what_is_declared_becomes_providers() -> None:
    made = gateways_in(KILN + LEAST)
    kiln, least = made["kiln"][1], made["least"][1]

    assert ("Kiln", 21_600, 4, ("kiln.example", "=cdn.example.com")) == (
        kiln.title, kiln.link_life_s, kiln.images_most, kiln.media_hosts,
    )  # fmt: skip
    assert "https://api.kiln.example/v2/job?ref=a%2Fb" == kiln.wire.url(kiln.wire.task_address("a/b"))
    assert {"X-Kiln-Key": "key"} == kiln.wire.key_headers("key")
    assert ("least", "", None) == (least.title, least.wire.base, least.verifier)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('id = "/job/ref"', 'id = "job.ref"', "line 4, gateways.kiln.id: 'job.ref' is no JSON pointer: it begins with a slash"),
        ('id = "/job/ref"', "", "line 2, gateways.kiln: `id` is missing"),
        ('id = "/job/ref"', "id = 7", "line 4, gateways.kiln.id: wanted is a JSON pointer, or a list of them"),
        ('id = "/job/ref"', "id = []", "line 4, gateways.kiln.id: at least one pointer is wanted"),
        ("status =", "statsu =", "line 5, gateways.kiln.statsu: no such field; is status meant?"),
        ('"6h"', '"6 hours"', "line 13, gateways.kiln.link_life: '6 hours' is no length of time from 60s to 30d"),
        ('"6h"', '"31d"', "line 13, gateways.kiln.link_life: '31d' is no length of time"),
        ('"kiln.example"', '"*"', "line 12, gateways.kiln.media_hosts: wanted is host names such as files.example.com"),
        ('"kiln.example"', '"https://kiln.example"', "line 12, gateways.kiln.media_hosts: wanted is host names"),
        ("= 4", "= 33", "line 14, gateways.kiln.images_most: Expected `int` <= 32"),
        ('["burnt"]', '["baked"]', "gateways.kiln.words.failed: 'baked' stands under completed too"),
        ("hmac-sha256", "rot13", "line 18, gateways.kiln.signature.scheme: Invalid enum value 'rot13'"),
        ('header = "X-Kiln-Signature"', "", "line 17, gateways.kiln.signature: `header` is missing"),
        ("{task_id}", "", "line 24, gateways.kiln.query.task: it must hold {task_id}"),
        ("api.kiln.example", "api.kiln.example/", "line 23, gateways.kiln.query.base: without a slash at its end"),
        ("/job/stage", "/job/ref", "line 2, gateways.kiln: /job/ref leads to a place that another pointer has"),
        ("[gateways.kiln]", "[gateways.bfl]", "line 2, gateways.bfl: bfl is a provider that is built in"),
        ("[gateways.kiln]", "[gateways.Kiln]", "line 2, gateways.Kiln: 'Kiln' can be no name"),
        ("[gateways.kiln]", "[gateways.probe]", "line 2, gateways.probe: 'probe' can be no name"),
        ("[gateways.kiln]", "[gateway.kiln]", "line 2, gateway: no such table; gateways stand in [gateways.<name>]"),
        ('title = "Kiln"', "title = Kiln", "it is no TOML: Invalid value (at line 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_field(right: str, wrong: str, told: str) -> None:
    assert right in KILN
    problems = problems_of(KILN.replace(right, wrong))
    assert any(told in problem for problem in problems), problems


def test_all_mistakes_are_told_together() -> None:
    assert 3 == len(
        problems_of(KILN.replace('"6h"', '"x"').replace("status =", "statsu =") + LEAST.replace("/id", "id"))
    )


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "[gateways]", "gateways = 3", "[[gateways]]", "gateways.kiln = 3", "a = " + "[" * 5000],
)
def test_a_text_that_declares_nothing_is_refused(text: str) -> None:
    assert problems_of(text)


def test_there_are_not_more_gateways_than_labels_may_have() -> None:
    many = "".join(LEAST.replace("least", f"least-{number}") for number in range(GATEWAYS_MOST + 1))
    assert f"{GATEWAYS_MOST + 1} gateways, at most {GATEWAYS_MOST}" in problems_of(many)


@pytest.mark.parametrize(
    ("scheme", "encoding"), [("hmac-sha256", "hex"), ("hmac-sha256", "base64"), ("shared-secret", "hex"), ("standard-webhooks", "hex")]
)  # fmt: skip
def test_a_signature_of_a_declared_scheme_is_checked(scheme: str, encoding: str) -> None:
    text = KILN.replace('"hmac-sha256"', f'"{scheme}"\nencoding = "{encoding}"')
    verifier = gateways_in(text)["kiln"][1].verifier
    assert verifier is not None
    assert verifier.sign is not None
    key = verifier.key_of("c2VjcmV0")
    headers = verifier.sign(key, b"{}", NOW)
    word = "partial" if scheme == "shared-secret" else "valid"

    assert word == verifier.judge(Signed(headers, b"{}", NOW), [key]).word
    assert "wrong" == verifier.judge(Signed(headers, b"{}", NOW), [b"another"]).word
    assert scheme == "shared-secret" or "wrong" == verifier.judge(Signed(headers, b"{ }", NOW), [key]).word


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_signature_with_a_private_key_is_checked_with_the_public_one(encoding: str) -> None:
    verifier = gateways_in(KILN.replace('"hmac-sha256"', f'"ed25519"\nencoding = "{encoding}"'))["kiln"][
        1
    ].verifier
    assert verifier is not None
    assert verifier.sign is None
    private = SigningKey.generate()
    public = bytes(private.verify_key)
    signature = private.sign(b"{}").signature
    text = signature.hex() if encoding == "hex" else base64.b64encode(signature).decode()
    told = [
        public.hex(),
        base64.b64encode(public).decode(),
        base64.urlsafe_b64encode(public).decode().rstrip("="),
    ]
    assert [public] * 3 == [verifier.key_of(each) for each in told]

    def word(body: bytes, value: str, key: bytes = public) -> str:
        return verifier.judge(Signed({verifier.headers[0]: PREFIX + value}, body, NOW), [key]).word

    assert "valid" == word(b"{}", text)
    assert {"wrong"} == {
        word(b"{ }", text), word(b"{}", text[:-4]), word(b"{}", "?"), word(b"{}", text, bytes(SigningKey.generate().verify_key)),
        word(b"{}", text, b"short"),
    }  # fmt: skip
    for no_key in ("secret", public.hex()[:-2], "", "?" * 64):
        with pytest.raises(ValueError, match="public key"):
            verifier.key_of(no_key)


@given(st.text(max_size=200) | st.text("[]gateways.kiln=\"/id\n,{}'#", max_size=80))
def test_no_text_is_more_than_refused(text: str) -> None:
    with suppress(NotDeclared):
        gateways_in(text)
