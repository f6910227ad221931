"""Honest callbacks while strangers hold the door."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.pace import Stopwatch
from tests.system.stack import ROOT, Stack, until

SLOW = 500
FLOODS = 240
# Longer than every deadline but that of an idle connection, so that each kind of stranger is closed and comes again.
HONEST_S = 10.0
AT_ONCE = 4
PAUSE_S = 0.02
LEAST = 200
LEAST_BESIDE_FLOODS = 60
READY_S = 120.0
P99_S = 1.0
ALONE_S = 4.0
# Before the floods were bounded, an honest callback took hundreds of times as long beside them.
SLOWER_MOST = 30
# A header's or a body's 5 s, and a handshake's before it; the goodbye, and what computes in between.
DEADLINES_S = 10.0
ADDED_S = 4.0


@contextlib.contextmanager
def beside(stack: Stack, module: str, path: str, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """A program of this folder that holds so many connections, ready; it tells what it did when it is stopped."""
    port = urlsplit(stack.callback_url()).port
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.system.{module}", str(port), stack.line["ca"], path, str(count)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    try:
        readable, _, _ = select.select([process.stdout], [], [], READY_S)
        assert readable, "the connections did not come to be"
        assert b"ready\n" == process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def honest(stack: Stack, for_s: float) -> list[float]:
    """How long each honest callback took that was sent within this time, in order; all were answered 202."""
    ends = time.monotonic() + for_s

    def client(place: int) -> list[tuple[float, int]]:
        # Every second client takes a connection for each callback, as a provider's would.
        headers = {"Connection": "close"} if place % 2 else {}
        answers = []
        while time.monotonic() < ends:
            body = {"id": f"task-unified-1795000003-{uuid.uuid4().hex[:12]}", "status": "failed"}
            began = time.monotonic()
            status = stack.post(json.dumps(body).encode(), headers=headers)
            answers.append((time.monotonic() - began, status))
            select.select([], [], [], PAUSE_S)
        return answers

    with ThreadPoolExecutor(AT_ONCE) as clients:
        answers = [answer for some in clients.map(client, range(AT_ONCE)) for answer in some]
    assert {202} == {status for _, status in answers}
    return sorted(seconds for seconds, _ in answers)


def honest_beside(stack: Stack, strangers: subprocess.Popen[bytes]) -> tuple[int, float, Any]:
    """How many honest callbacks were answered, the p99 of their seconds, and what the strangers tell."""
    took = honest(stack, HONEST_S)
    p99 = took[int(len(took) * 0.99)]
    strangers.terminate()
    said, _ = strangers.communicate(timeout=20)
    told = json.loads(said)
    sys.stdout.write(
        f"of {len(took)}: p50={took[len(took) // 2]:.3f} s p99={p99:.3f} s max={took[-1]:.3f} s {told}\n"
    )
    return len(took), p99, told


def test_500_slow_connections_do_not_delay_an_honest_callback(stack: Stack) -> None:
    path = urlsplit(stack.callback_url()).path
    with beside(stack, "strangers", path, SLOW) as strangers, Stopwatch() as watch:
        count, p99, told = honest_beside(stack, strangers)

    assert count >= LEAST / watch.slowness
    assert p99 < P99_S * watch.slowness
    # All were held at the same time, each kind was closed at its deadline, and came again.
    assert told["opened"] > SLOW
    longest_s = sorted(told["longest_s"].values())
    assert 0 < longest_s[0] <= longest_s[-1] < DEADLINES_S + ADDED_S * watch.slowness


@pytest.mark.skipif(
    "FLOODS" not in os.environ, reason="240 attackers need a machine to themselves: make floods"
)
@pytest.mark.parametrize("ticket", ["wrong", "good"])
def test_240_floods_of_one_byte_chunks_do_not_delay_an_honest_callback(stack: Stack, ticket: str) -> None:
    path = urlsplit(stack.callback_url()).path
    path = path if ticket == "good" else f"{path[:-3]}AAA"
    # A machine that does other things is slow with nobody beside, too: the bound goes by what it does then.
    alone = honest(stack, ALONE_S)
    slowest_alone_s = alone[-1]
    with beside(stack, "flooders", path, FLOODS) as strangers:
        count, p99, told = honest_beside(stack, strangers)

    assert count >= min(LEAST_BESIDE_FLOODS, len(alone) * HONEST_S / ALONE_S / SLOWER_MOST)
    assert p99 < max(P99_S, SLOWER_MOST * slowest_alone_s)
    # Each was cut off, and came again.
    assert told["opened"] > FLOODS


# What patterns, and the library's own reading of links, once ran over again and again.
HARD = [
    "http://",
    "https://a@",
    "?a=",
    "/callbacks/a/",
    "sk-",
    "Bearer ",
    "\u0315\u0300",
    "[",
    '{"a":',
    "\\ud83d",
]


def test_a_megabyte_that_is_hard_to_read_holds_no_worker_up(stack: Stack) -> None:
    def task() -> str:
        return f"task-unified-1795000003-{uuid.uuid4().hex[:12]}"

    hard = []
    for piece in HARD:
        text = piece * (400_000 // len(piece))
        for told in (
            {"status": "failed", "error": {"code": "c", "message": text}},
            {"status": "completed", "results": [f"https://a{text}"]},
        ):
            hard.append(task())
            body = json.dumps({"id": hard[-1], **told}, ensure_ascii=False).encode()
            assert stack.post(body, headers={"Content-Type": "application/json"}) == 202
    honest = task()
    stack.post({"id": honest, "status": "failed", "error": {"code": "c", "message": "m"}})
    until("the honest task beside them", lambda: stack.manifest(honest))

    def left() -> set[str]:
        """Those that have neither a manifest nor a letter, of the task or of its delivery."""
        buried = {letter["task_id"] for letter in stack.letters()}
        return {each for each in hard if each not in buried and not stack.manifest(each)}

    until("all that was hard to read", lambda: not left(), within_s=90)

    message = stack.manifest(hard[0])["error"]["message"]
    assert len(message) < 3_000
