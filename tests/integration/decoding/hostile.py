"""What a decoder that was taken over might say; run in a real caged child, which does what its image names."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from typing import Final

import msgspec

from workers.decoding import decoder_child, handover
from workers.decoding.verdict import Facts

TRACE: Final = "run-by-the-worker"  # the folder that is there if the worker ran what it heard
LIE: Final = 666  # the width of an image that was never asked about
SOUND: Final = Facts(format="PNG", content_type="image/png", extension="png", mode="RGB", width=1, height=1)


class Pickled:
    """Whoever unpickles this makes a folder."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (TRACE,)


def _silent() -> bytes:
    time.sleep(600)
    return b""


def _written(number: int, *pieces: bytes) -> bytes:
    for piece in pieces:
        os.write(number, piece)
    return _silent()


def _hang_up(number: int) -> bytes:
    os.close(number)
    return _silent()


def _lie(**facts: object) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(SOUND), **facts})


def _one_more(number: int) -> bytes:
    """A verdict, and one for the next image."""
    handover.say(number, msgspec.json.encode(SOUND))
    return _lie(width=LIE)


DEEDS: dict[str, Callable[[int], bytes]] = {
    "a pickle": lambda _: pickle.dumps(Pickled()),
    "no JSON": lambda _: b"\x00\xff{",
    "nothing": lambda _: b"",
    "a key of its own": lambda _: _lie(extension="../../tasks/x"),
    "a verdict of a kind that does not exist": lambda _: b'{"verdict":"kept"}',
    "a long message": lambda number: _written(number, (2**31).to_bytes(4, "big")),
    "a message that does not end": lambda number: _written(number, (1_000).to_bytes(4, "big"), b"{"),
    "half a length": lambda number: _written(number, b"\0\0"),
    "hangs up": _hang_up,
    "silence": lambda _: _silent(),
    "its end": lambda _: os._exit(0),
}
MORE_DEEDS: dict[str, Callable[[int], bytes]] = {"one verdict more": _one_more}


def main(number: int, memory_bytes: int) -> None:
    """The real way in."""
    deeds = {**DEEDS, **MORE_DEEDS}
    decoder_child.serve(number, memory_bytes, lambda _, file: deeds[file.read().decode()](number))
