"""A provider made of what is declared of a gateway: its readers, task API, verifier and samples. Pure."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from providers.generic.gateway import Gateway, Query, Signature
from providers.generic.pointer import put
from providers.generic.reading import GatewayReader, read_order
from providers.provider import Provider
from providers.sample import ERRORS, Ending, Sample, Samples
from providers.verifying.ed25519 import ed25519_fits, told_public_key
from providers.verifying.hmac_sha256 import (
    STANDARD_WEBHOOKS,
    base64_in,
    hex_in,
    hmac_fits,
    text_key,
)
from providers.verifying.shared_secret import shared_secret
from providers.verifying.verifier import Verifier
from providers.wire import Wire


def provider_of(gateway: Gateway) -> Provider:
    """The provider that is declared so. Raises ValueError, where its words cannot be: a pointer, a length of time."""
    reader = GatewayReader(gateway)
    signature = gateway.signature
    return Provider(
        name=gateway.name,
        title=gateway.title or gateway.name,
        reader=reader.read,
        read_task_id=reader.read_task_id,
        read_order=read_order,
        media_hosts=tuple(gateway.media_hosts),
        link_life_s=gateway.link_life_s,
        wire=_wire(gateway.query),
        samples=Samples(
            task_id=lambda now, word: f"{gateway.name}-{int(now.timestamp())}-{word}",
            body=_body_of(gateway),
            request={"model": "any", "prompt": "fixative trigger"},
        ),
        images_most=gateway.images_most,
        statuses=reader.statuses,
        verifier=_verifier(signature) if signature is not None else None,
        experimental=True,
    )


def refuse_contradictions(gateway: Gateway, provider: Provider) -> None:
    """Pass a gateway that reads its own samples as they are meant. Raises ValueError, with what is wrong."""
    made_at = datetime(2026, 1, 2, 3, 4, 5).astimezone()
    many = any(pointer.is_of_many for pointer in gateway.at("links"))
    links = tuple(f"https://{provider.media_host}/{place}.png" for place in range(2 if many else 1))
    endings: tuple[Ending, ...] = (
        ("completed", "failed") if gateway.status or gateway.error else ("completed",)
    )
    for ending in endings:
        sample = Sample("task-1", ending, links if ending == "completed" else (), made_at)
        told = provider.read(msgspec.json.encode(provider.samples.body(sample)))
        if (told.task_id, told.status, told.sources) != (sample.task_id, ending, sample.sources):
            raise ValueError(
                f"a body with id, status and links where its pointers lead is read as {told.task_id!r}, {told.status}, "
                f"{len(told.sources)} links: two pointers lead to one place, or one leads past the other"
            )


def _wire(query: Query | None) -> Wire:
    if query is None:
        return Wire(base="", submit="", task="")
    return Wire(
        base=query.base,
        submit=query.submit,
        task=query.task,
        key_header=query.key_header,
        key_scheme=query.key_scheme,
        callback_key=query.callback_key,
    )


def _verifier(signature: Signature) -> Verifier:
    header, prefix = signature.header.lower(), signature.prefix
    if signature.scheme == "standard-webhooks":
        return STANDARD_WEBHOOKS
    if signature.scheme == "shared-secret":
        return shared_secret(header, prefix)
    in_hex = signature.encoding == "hex"
    over_the_body = partial(
        Verifier,
        headers=(header,),
        message=lambda signed: signed.body,
        signatures=_behind(header, prefix, hex_in if in_hex else base64_in),
    )
    if signature.scheme == "ed25519":
        return over_the_body(scheme="Ed25519 over the body", fits=ed25519_fits, key_of=told_public_key)

    def sign(key: bytes, body: bytes, _now: datetime) -> dict[str, str]:
        digest = hmac.digest(key, body, "sha256")
        return {header: prefix + (digest.hex() if in_hex else base64.b64encode(digest).decode())}

    return over_the_body(scheme="HMAC over the body", fits=hmac_fits, key_of=text_key, sign=sign)


def _behind(
    header: str, prefix: str, decoded: Callable[[str], bytes]
) -> Callable[[Mapping[str, str]], tuple[bytes, ...]]:
    """The one signature in a header, behind a prefix."""

    def signature_in(headers: Mapping[str, str]) -> tuple[bytes, ...]:
        told = headers[header]
        if not told.startswith(prefix):
            raise ValueError(f"{header} does not begin with {prefix}")
        return (decoded(told.removeprefix(prefix)),)

    return signature_in


def _body_of(gateway: Gateway) -> Callable[[Sample], Mapping[str, Any]]:
    """How its bodies are made: each fact at the first of its pointers."""
    words: dict[Ending, str | int] = {
        "completed": _first(gateway.words.completed, "completed"),
        "failed": _first(gateway.words.failed, "failed"),
        "cancelled": _first(gateway.words.cancelled, "cancelled"),
    }

    def body(sample: Sample) -> Mapping[str, Any]:
        told: dict[str, Any] = {}
        put(told, gateway.at("id")[0], sample.task_id)
        for pointer in gateway.at("status")[:1]:
            put(told, pointer, words[sample.ending])
        [links, *_] = gateway.at("links")
        if sample.ending != "completed":
            code, message = ERRORS[sample.ending]
            for pointer in gateway.at("error")[:1]:
                put(told, pointer, {"code": code, "message": message})
            return told
        if links.is_of_many:
            for place, source in enumerate(sample.sources):
                put(told, links, source, place)
        else:
            put(told, links, sample.sources[0] if len(sample.sources) == 1 else list(sample.sources))
        return told

    return body


def _first(words: list[str | int | bool], usual: str) -> str | int | bool:
    return words[0] if words else usual
