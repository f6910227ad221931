"""What is learnt from one body: of every provider that is known, and of bodies that are meant to do harm."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import NotUnderstood, Unreadable
from providers.generic.declared import gateways_in
from providers.generic.gateway import POINTERS_MOST
from providers.generic.learning import BODY_MAX_BYTES, learn
from providers.generic.leaves import LEAVES_MOST
from providers.generic.toml_text import toml_of
from tests.unit.providers.generic.counted import counted, learnt

LINK = "https://cdn.pixelmill.example/out/1.png"
# CPU time of this process: it takes a third of a second, and would take half a minute.
MOST_S = 10.0
BODY: dict[str, Any] = {
    "job": {"task_id": "mill-1", "state": "succeeded", "images": [{"url": LINK}], "model": "stone"}
}


def test_documented_bodies_are_read_as_their_own_readers_do() -> None:
    """Id, status and links, in their order, from the proposal alone; docs/generic.md has the counts."""
    found = counted()
    documented = [each for each in found if each.documented]

    assert len(documented) >= 13
    assert [] == [each.path.name for each in documented if not each.alike][len(documented) // 10 :]
    assert sum(each.alike for each in found) >= 0.9 * len(found)


def test_what_is_found_and_what_is_uncertain_is_told() -> None:
    found = learn(json.dumps(BODY).encode())

    gateway = found.gateway
    assert ("pixelmill", "/job/task_id", "/job/state", "/job/images/*/url", "/job/model", ["cdn.pixelmill.example"]) == (
        gateway.name, gateway.id, gateway.status, gateway.links, gateway.model, gateway.media_hosts,
    )  # fmt: skip
    told = "\n".join(found.uncertain)
    assert all(f"{fact}: " in told for fact in ("words", "error", "media_hosts", "link_life"))


def test_several_candidates_are_named_with_what_stands_there() -> None:
    body = {"id": "evt-1", "task_id": "mill-1", "status": "done", "output": LINK}
    found = learn(json.dumps(body).encode())
    assert "id: /task_id is taken; nearly as likely: /id (evt-1)" in found.uncertain


def test_what_was_sent_is_not_taken_for_a_result() -> None:
    body = {
        **BODY,
        "input": {"image": "https://example.com/sent.png"},
        "reference_image": "https://example.com/ref.png",
    }
    assert "/job/images/*/url" == learn(json.dumps(body).encode()).gateway.links


def test_a_word_that_nobody_else_uses_is_declared() -> None:
    body = json.dumps(BODY).replace("succeeded", "baked").encode()
    assert ["baked"] == learn(body).gateway.words.completed
    assert "completed" == learnt(body).read(body).status


def test_the_life_of_a_link_is_read_from_its_signature() -> None:
    body = json.dumps(BODY).replace(LINK, f"{LINK}?X-Amz-Expires=7200&X-Amz-Signature=x").encode()
    assert "7200s" == learn(body).gateway.link_life


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        (b"[1]", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "no JSON object"),
        (b"{}", "no link"),
        (b'{"id": "x", "status": "failed"}', "no link"),
        (b'{"id": "x", "url": "https://x.example/a.mp4"}', "no link"),
        (b'{"id": "x", "url": "https://["}', "no link"),
        (json.dumps({"images": [LINK]}).encode(), "task's id"),
        (json.dumps({"id": "../..", "images": [LINK]}).encode(), "task's id"),
        (b" " * (BODY_MAX_BYTES + 1), "1,048,577 bytes"),
        (json.dumps(list(range(5))).encode() + b"x", "no JSON object"),
        (json.dumps({"a": list(range(LEAVES_MOST + 1))}).encode(), "more than 20,000 values"),
    ],
    ids=range(14),
)  # fmt: skip
def test_what_nothing_can_be_learnt_from_is_refused_with_why(body: bytes, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        learn(body)


def test_no_word_of_a_body_becomes_more_than_a_word_of_the_proposal() -> None:
    """Keys and values with line breaks, quotes and brackets of TOML."""
    evil = 'x"\n[gateways.evil]\nid = "/a'
    body = {
        "id": "t-1",
        "status": evil,
        f"out\n{evil}": {"image\x7f\x9b": LINK},
        "uuid": evil.replace("\n", "") + "y",
    }
    found = learn(json.dumps(body).encode(), "learnt")
    text = toml_of(found.gateway, found.uncertain)

    assert ["learnt"] == list(gateways_in(text))
    assert (LINK,) == learnt(json.dumps(body).encode()).read(json.dumps(body).encode()).sources
    assert all(line.isprintable() for line in text.split("\n"))


def test_a_body_of_many_links_is_learnt_from_in_a_moment() -> None:
    """Five thousand links under as many keys: each is looked at a few times, and not once for each other."""
    body = {
        "id": "t-1",
        "output": {f"k{number}": f"https://x.example/{number}.png" for number in range(5_000)},
    }
    began = time.process_time()
    found = learn(json.dumps(body).encode())
    assert time.process_time() - began < MOST_S
    assert POINTERS_MOST == len(found.gateway.links)


@given(
    st.dictionaries(
        st.sampled_from(["id", "task_id", "status", "url", "images", "data", "error", "*", "", "a/b", "~"])
        | st.text(max_size=4),
        st.recursive(
            st.none()
            | st.integers()
            | st.text(max_size=6)
            | st.just(LINK)
            | st.just('{"url": "https://x.example/1.png"}'),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "url", "status", "x"]), inner)
            ),
            max_leaves=12,
        ),
    )
)
def test_what_is_proposed_is_always_one_that_can_be_declared(told: dict[str, Any]) -> None:
    with suppress(NotUnderstood):
        found = learn(json.dumps(told).encode(), "learnt")
        with suppress(Unreadable):
            gateways_in(toml_of(found.gateway, found.uncertain))["learnt"][1].read(json.dumps(told).encode())
