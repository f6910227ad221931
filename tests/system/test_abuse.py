"""Honest callbacks while strangers hold the door."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.system.stack import ROOT, Stack

SLOW = 500
HONEST = 300
AT_ONCE = 4
READY_S = 60.0
P99_S = 1.0
# A header's or a body's 5 s, a handshake's before it, the goodbye, and what a busy machine adds.
LONGEST_S = 14.0


@pytest.fixture
def strangers(stack: Stack) -> Iterator[subprocess.Popen[bytes]]:
    url = urlsplit(stack.callback_url())
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.system.strangers",
            str(url.port),
            stack.line["ca"],
            url.path,
            str(SLOW),
        ],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    try:
        readable, _, _ = select.select([process.stdout], [], [], READY_S)
        assert readable, "the slow connections did not come to be"
        assert b"ready\n" == process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def test_500_slow_connections_do_not_delay_an_honest_callback(
    stack: Stack, strangers: subprocess.Popen[bytes]
) -> None:
    def honest(place: int) -> tuple[float, int]:
        body = {"id": f"task-unified-1795000003-{uuid.uuid4().hex[:12]}", "status": "failed"}
        # Every second one comes on a connection of its own, as a provider's would.
        headers = {"Connection": "close"} if place % 2 else {}
        began = time.monotonic()
        status = stack.post(json.dumps(body).encode(), headers=headers)
        return time.monotonic() - began, status

    with ThreadPoolExecutor(AT_ONCE) as clients:
        answers = list(clients.map(honest, range(HONEST)))
    took = sorted(seconds for seconds, _ in answers)
    p99 = took[int(len(took) * 0.99)]
    strangers.terminate()
    said, _ = strangers.communicate(timeout=20)
    told = json.loads(said)
    print(
        f"p50={took[len(took) // 2] * 1000:.0f} ms p99={p99 * 1000:.0f} ms max={took[-1] * 1000:.0f} ms {told}"
    )

    assert {202} == {status for _, status in answers}
    assert p99 < P99_S
    assert told["opened"] >= SLOW
    assert max(told["longest_s"].values(), default=0) < LONGEST_S
