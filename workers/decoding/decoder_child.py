"""What a decoder's process runs: into the cage, then one image after the other, each handed to it open."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import BinaryIO

from archive.records.record import Record, decoder_of
from workers.decoding import cage, decoder, handover
from workers.decoding.child import READY
from workers.decoding.verdict import DecodeLimits


class Terms(Record, frozen=True, kw_only=True):
    """What goes with each image: what is refused, and the time that its decoding may take."""

    limits: DecodeLimits
    deadline_s: float


def main(number: int, memory_bytes: int) -> None:
    """Judge what comes over this descriptor, until nobody is there to send any more."""
    serve(number, memory_bytes, _judge)


def serve(number: int, memory_bytes: int, answer: Callable[[bytes, BinaryIO], bytes]) -> None:
    """Enter the cage and answer each message with what `answer` makes of it and of the file beside it."""
    decoder.prepare()
    decoder_of(Terms)
    with socket.socket(fileno=number) as sock:
        cage.enter(memory_bytes)
        handover.say(number, READY)
        while True:
            try:
                message, image = handover.take(sock)
            except EOFError:
                return
            with os.fdopen(image, "rb") as file:
                handover.say(number, answer(message, file))


def _judge(message: bytes, file: BinaryIO) -> bytes:
    terms = Terms.from_json(message)
    cage.allow(terms.deadline_s)
    try:
        return decoder.judge(file, terms.limits)
    finally:
        cage.rest()
