"""What ends a wait when a child, pebble or the host's clock do not play along."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pebble.pool.process
import pytest
from PIL import Image

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from tests.integration.children import children, taken_by_a_child, wait_for
from tests.unit.workers.pictures import drawn
from workers import decoder_pool
from workers.decoder import Facts, Verdict
from workers.decoder_pool import DecoderPool

PNG = drawn("PNG")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


def only_child() -> int:
    (child,) = children()
    return child


def test_a_host_clock_that_jumps_forward_is_no_verdict_on_the_image(
    hanging: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead_s = [0.0]
    clock = SimpleNamespace(time=lambda: time.time() + ahead_s[0], sleep=time.sleep)
    monkeypatch.setattr(pebble.pool.process, "time", clock)
    pool = DecoderPool(1, deadline_s=15.0)
    verdict = threads.submit(pool.examine, hanging, soon())
    first_end = taken_by_a_child(pool, hanging)
    first = only_child()
    ahead_s[0] = 86_400.0
    wait_for(lambda: first not in children(), 60)  # pebble ends it
    ahead_s[0] = 86_400.0 - 3600  # and back a little: no verdict either
    second_end = taken_by_a_child(pool, hanging)
    os.close(first_end)
    os.write(second_end, PNG)
    os.close(second_end)
    assert verdict.result(60).width == 64
    pool.close()


def test_a_child_that_does_not_end_itself_is_ended_from_outside(
    sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    pool = DecoderPool(2, deadline_s=0.8, grace_s=1.0)
    verdict = threads.submit(pool.examine, hanging, soon(20))
    writing = taken_by_a_child(pool, hanging)
    assert pool._pool is not None
    (busy,) = [task.worker_id for task in pool._pool._pool_manager.task_manager.tasks.values()]
    assert busy in children()  # and not 0, which is this very process and its kin
    os.kill(busy, signal.SIGSTOP)  # its own alarm does not reach it
    pause = threading.Event()
    while not verdict.done():  # the other child answers: the pool is not silent
        assert pool.examine(sound, soon()).width == 64
        pause.wait(0.1)
    os.close(writing)
    with pytest.raises(Damaged) as caught:
        verdict.result()
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    pool.close()


def test_no_child_outlives_its_pool_whatever_became_of_it(hanging: Path, threads: ThreadPoolExecutor) -> None:
    pool = DecoderPool(1)
    verdict = threads.submit(pool.examine, hanging, soon())
    writing = taken_by_a_child(pool, hanging)  # busy: it does not notice that the pipes are closed
    assert pool._pool is not None
    workers = pool._pool._pool_manager.worker_manager.workers
    (forgotten,) = workers.values()
    workers.clear()  # pebble has lost sight of it
    pool.close()
    forgotten.join(5)
    assert not forgotten.is_alive()
    os.close(writing)
    with pytest.raises(TryLater):
        verdict.result(5)


def test_a_pool_that_says_nothing_is_made_anew(sound: Path) -> None:
    pool = DecoderPool(1, deadline_s=0.5, grace_s=0.5)
    assert pool.examine(sound, soon()).width == 64
    assert pool._pool is not None
    # As a child leaves it that is killed while it holds the lock.
    locks = pool._pool._pool_manager.worker_manager.workers_channel
    assert locks is not None
    assert locks.mutex.acquire(timeout=5)
    began = time.monotonic()
    assert pool.examine(sound, soon()).width == 64
    assert time.monotonic() - began < 15
    pool.close()


def test_the_kernel_ends_a_decoding_at_its_deadline_and_not_later(hanging: Path) -> None:
    nobody_writes = os.open(hanging, os.O_RDWR)
    pool = DecoderPool(1, deadline_s=0.5)
    pool.start()
    began = time.monotonic()
    with pytest.raises(Damaged) as caught:
        pool.examine(hanging, soon())
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    assert 0.4 < time.monotonic() - began < decoder_pool.GRACE_S / 2
    os.close(nobody_writes)
    pool.close()


def test_the_cpu_limit_counts_each_image_anew(tmp_path: Path) -> None:
    drawing = io.BytesIO()
    # Small, so that its wall time stays far below the deadline on a busy machine too.
    Image.effect_noise((300, 300), 60).convert("RGB").save(drawing, "WEBP", quality=80, method=0)
    (tmp_path / "x").write_bytes(drawing.getvalue())
    pool = DecoderPool(1, deadline_s=1.0)
    pool.start()
    child = only_child()
    used_s = 0.0
    while used_s < 3.5:  # more than any one image may use
        pool.examine(tmp_path / "x", soon())
        ticks = Path(f"/proc/{child}/stat").read_text(encoding="ascii").split()[13:15]
        used_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    assert only_child() == child
    pool.close()


TOLD = Facts(format="PNG", content_type="image/png", extension="png", mode="RGB", width=1, height=1)


@pytest.mark.parametrize(
    "lie",
    [
        {"extension": "../../tasks/x"},
        {"extension": "png\n"},
        {"content_type": "text/html"},
        {"format": "<b>"},
        {"mode": "x" * 17},
        {"width": 0},
        {"height": -1},
        {"frames": 2**40},
        {"trailing_bytes": -1},
        {"width": "1"},
    ],
)
def test_a_child_that_lies_about_an_image_is_not_believed(lie: dict[str, object]) -> None:
    told = msgspec.to_builtins(TOLD)
    assert msgspec.convert(told, Verdict) == TOLD
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**told, **lie}, Verdict)


def test_a_child_that_raves_is_cut_short() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"verdict": "damaged", "reason": "undecodable", "detail": "x" * 301}, Verdict)
