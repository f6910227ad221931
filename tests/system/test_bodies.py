"""Bodies that say enough become a manifest, through the door: what was forgiven stands in its history."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import uuid
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from PIL import Image

from tests.system.stack import Stack, until

Pack = Callable[[bytes], bytes]


def task_id(provider: str = "evolink") -> str:
    """An id that no other test uses."""
    mark = uuid.uuid4().hex[:8]
    return f"task-unified-1795000005-{mark}" if provider == "evolink" else f"n42{mark}_gpt-image-1.5"


def failed(task: str, **more: object) -> bytes:
    """A body that needs no download."""
    return json.dumps(
        {"id": task, "status": "failed", "error": {"code": "c", "message": "m"}, **more}
    ).encode()


def post(
    stack: Stack,
    body: bytes,
    content_encoding: str | None = None,
    provider: str = "evolink",
    *,
    charset: str = "utf-8",
) -> str:
    """The id of the delivery that was taken."""
    headers = {"Content-Type": f"application/json; charset={charset}"}
    if content_encoding is not None:
        headers["Content-Encoding"] = content_encoding
    answer = stack.http.request("POST", stack.callback_url(provider), body=body, headers=headers)
    assert answer.status == 202
    return str(answer.json()["accepted"])


def history(stack: Stack, task: str) -> list[tuple[str, list[str]]]:
    """The statuses that were heard of a task, with what was forgiven."""
    manifest = until(f"the manifest of {task}", lambda: stack.manifest(task))
    return [(told["status"], told.get("forgave", [])) for told in manifest["notifications"]]


FORGIVEN: dict[str, tuple[Pack, str | None, list[str]]] = {
    "utf-8": (lambda body: body, "utf-8", ["content_encoding"]),
    "Identity": (lambda body: body, "Identity", []),
    "identity twice": (lambda body: body, "identity, identity", ["content_encoding"]),
    "gzip": (gzip.compress, "gzip", ["content_encoding"]),
    "x-gzip": (gzip.compress, "x-gzip", ["content_encoding"]),
    "deflate": (zlib.compress, "deflate", ["content_encoding"]),
    "deflate without its head": (lambda body: zlib.compress(body)[2:-4], "deflate", ["content_encoding"]),
    "gzip, twice": (lambda body: gzip.compress(gzip.compress(body)), "gzip, gzip", ["content_encoding"]),
    "gzip over plain bytes": (lambda body: body, "gzip", ["content_encoding"]),
    "gzip unsaid": (gzip.compress, None, ["content_encoding"]),
    "NaN": (lambda body: body.replace(b"}}", b'}, "progress": NaN}'), None, ["nan"]),
    "a cut character": (lambda body: body.replace(b'"m"', b'"\xe5\x86"'), None, ["utf8"]),
    "a raw line break": (lambda body: body.replace(b'"m"', b'"two\nlines"'), None, ["control_characters"]),
    "NULs behind it": (lambda body: body + b"\0\0", None, ["trailing_bytes"]),
    "encoded twice": (lambda body: json.dumps(body.decode()).encode(), None, ["encoded_twice"]),
    "an array of one": (lambda body: b"[" + body + b"]", None, ["array_of_one"]),
    "a form": (lambda body: b"payload=" + quote(body.decode()).encode(), None, ["form"]),
    "a NUL before it": (lambda body: b"\0" + body, None, ["trailing_bytes"]),
    "the same twice": (lambda body: b"[" + body + b"," + body + b"]", None, ["array_of_one"]),
    "wrapped": (lambda body: b'{"code": 200, "data": ' + body + b"}", None, ["wrapped"]),
    "the name of a field": (lambda body: quote(body.decode()).encode() + b"=", None, ["form"]),
    "zlib unsaid": (zlib.compress, None, ["content_encoding"]),
    "UTF-16": (lambda body: body.decode().encode("utf-16"), None, ["charset"]),
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_a_body_that_says_enough_becomes_a_manifest(stack: Stack, name: str) -> None:
    make, content_encoding, forgave = FORGIVEN[name]
    task = task_id()
    post(stack, make(failed(task)), content_encoding)

    assert [("failed", forgave)] == history(stack, task)


def test_a_body_in_the_charset_that_its_content_type_names_is_read_in_it(stack: Stack) -> None:
    task = task_id()
    body = failed(task).decode().replace('"m"', '"内容违规"').encode("gbk")
    post(stack, body, charset="GBK")

    assert [("failed", ["charset"])] == history(stack, task)
    assert "内容违规" == stack.manifest(task)["error"]["message"]


def test_what_is_no_number_is_null_in_the_manifest(stack: Stack) -> None:
    task = task_id()
    post(stack, failed(task, usage={"credits_used": float("nan"), "usd": float("-inf"), "tokens": 7}))

    assert [("failed", ["nan"])] == history(stack, task)
    assert {"usage": {"credits_used": None, "usd": None, "tokens": 7}} == stack.manifest(task)["billing"]


AMBIGUOUS: dict[str, tuple[Pack, str]] = {
    "two tasks": (lambda body: b"[" + body + b", " + failed(task_id()) + b"]", "not_an_object"),
    "two statuses": (lambda body: body[:-1] + b', "status": "completed"}', "ambiguous"),
    "two ids": (lambda body: body[:-1] + b', "id": "task-unified-1795000005-other000"}', "ambiguous"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_body_that_may_mean_two_things_is_a_dead_letter(stack: Stack, name: str) -> None:
    make, reason = AMBIGUOUS[name]
    body = make(failed(task_id()))
    post(stack, body)

    until(f"its dead letter {reason}", lambda: stack.delivery_letter(reason, body))


@pytest.mark.parametrize(
    ("pack", "content_encoding"),
    [
        (lambda body: gzip.compress(body + b" " * 200_000_000, 9), "gzip"),
        (lambda body: b"\x1b" + zlib.compress(body), "br"),
    ],
)
def test_a_body_that_is_not_inflated_is_kept_as_it_came(
    stack: Stack, pack: Pack, content_encoding: str
) -> None:
    body = pack(failed(task_id()))
    delivery = post(stack, body, content_encoding)
    letter = until("its dead letter", lambda: stack.delivery_letter("bad_encoding", body))

    assert (delivery, content_encoding) == (letter["delivery"]["id"], letter["delivery"]["content_encoding"])
    assert body == base64.b64decode(letter["delivery"]["body"])


def test_an_image_is_archived_from_a_body_that_is_wrong_in_many_ways(stack: Stack) -> None:
    ordered = stack.order({"model": "gpt-image-1-5"}, provider="apiinone")
    links = until("its links", lambda: stack.simulated(ordered)["links"])
    task = task_id("apiinone")
    told = {
        "id": task,
        "action": "IMAGINE",
        "status": "SUCCESS",
        "imageUrl": links[0]["url"],
        "failReason": None,
    }
    twice = json.dumps({"code": 200, "data": [json.dumps(told)]}) + "\0"
    post(stack, gzip.compress(twice.encode()), "utf-8", "apiinone")

    assert [
        ("completed", ["content_encoding", "array_of_one", "encoded_twice", "trailing_bytes"])
    ] == history(stack, task)
    assert links[0]["sha256"] == stack.manifest(task)["assets"][0]["sha256"]
    assert "array_of_one, encoded_twice" in stack.fixative("show", f"apiinone/{task}").stdout


def test_words_of_a_gateway_are_endings_or_none(stack: Stack) -> None:
    expired, kie = task_id("apiinone"), task_id("apiinone")
    begun = {"code": "success", "data": {"task_id": expired, "status": "NOT_START", "progress": "0%"}}
    over = {"code": "success", "data": {"task_id": expired, "status": "EXPIRED", "progress": "100%"}}
    coded = {"code": 400, "msg": "flagged", "data": {"taskId": kie, "info": None}}
    for told in (begun, over, coded):
        post(stack, json.dumps(told).encode(), provider="apiinone")

    assert [("failed", [])] == history(stack, expired)
    assert {"code": "expired", "message": ""} == {"message": "", **stack.manifest(expired)["error"]}
    assert [("failed", ["status_by_code"])] == history(stack, kie)
    assert "flagged" == stack.manifest(kie)["error"]["message"]


def test_images_within_a_body_are_archived_and_told_by_a_name(stack: Stack) -> None:
    """One of them is no image: it has its reason, and a replay finds its text."""
    task, pixels = task_id(), io.BytesIO()
    Image.effect_noise((160, 120), 80).save(pixels, "PNG")
    uris = [
        f"data:image/png;base64,{base64.b64encode(each).decode()}"
        for each in (pixels.getvalue(), b"<p>" * 999)
    ]
    body = json.dumps({"id": task, "status": "completed", "results": [uris[0], uris[1]]}).encode()
    post(stack, body)

    manifest = until("its manifest", lambda: stack.manifest(task))
    until("its dead letter", lambda: stack.letter(task))
    names = [f"inline:image/png;sha256={hashlib.sha256(uri.encode()).hexdigest()}" for uri in uris]
    assert names == [asset["source"] for asset in manifest["assets"]]
    kept, lost = manifest["assets"]
    assert pixels.getvalue() == stack.read(kept["key"])
    assert (len(pixels.getvalue()), "not_an_image") == (kept["bytes"], lost["reason"])
    told = [
        json.dumps(manifest),
        json.dumps(stack.letter(task)),
        stack.fixative("show", task, "--json").stdout,
    ]
    assert not [text for text in told if uris[0][100:200] in text or uris[1][30:100] in text]
