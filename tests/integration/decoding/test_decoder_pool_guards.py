"""What a child that was taken over, stopped or broken can do to the pool: nothing to the worker, and little to images."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from tests.integration.decoding import hostile
from tests.integration.decoding.children import lives, taken_by_a_child, wait_for
from tests.pace import Stopwatch
from tests.unit.workers.decoding.pictures import drawn
from workers.decoding import decoder_pool
from workers.decoding.decoder_pool import DecoderPool
from workers.decoding.verdict import Facts, Verdict

PNG = drawn("PNG")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def only_child(pool: DecoderPool) -> int:
    (child,) = pool.pids()
    return child


def test_a_child_that_does_not_end_itself_is_ended_from_outside(
    sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    pool = DecoderPool(2, deadline_s=0.8, grace_s=1.0)
    verdict = threads.submit(pool.examine, hanging, soon(20))
    writing, busy = taken_by_a_child(pool, hanging)
    os.kill(busy, signal.SIGSTOP)  # its own alarm does not reach it
    assert pool.examine(sound, soon()).width == 64
    with pytest.raises(Damaged) as caught:
        verdict.result(30)
    os.close(writing)
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    assert not lives(busy)
    pool.close()


def test_the_kernel_ends_a_decoding_at_its_deadline_and_not_later(hanging: Path) -> None:
    nobody_writes = os.open(hanging, os.O_RDWR)
    pool = DecoderPool(1, deadline_s=0.5)
    pool.start()
    with Stopwatch() as watch, pytest.raises(Damaged) as caught:
        pool.examine(hanging, soon())
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    assert watch.took_s > 0.4
    assert watch.within(decoder_pool.GRACE_S / 2), watch
    os.close(nobody_writes)
    pool.close()


def test_the_cpu_limit_counts_each_image_anew(tmp_path: Path) -> None:
    drawing = io.BytesIO()
    # Small, so that its wall time stays far below the deadline on a busy machine too; not so small that a child
    # has had its thousand images before it has used the time of several.
    Image.effect_noise((600, 600), 60).convert("RGB").save(drawing, "WEBP", quality=80, method=0)
    (tmp_path / "x").write_bytes(drawing.getvalue())
    pool = DecoderPool(1, deadline_s=1.0)
    pool.examine(tmp_path / "x", soon())
    child = only_child(pool)
    used_s = 0.0
    while used_s < 3.5:  # more than any one image may use
        pool.examine(tmp_path / "x", soon())
        ticks = Path(f"/proc/{child}/stat").read_text(encoding="ascii").split()[13:15]
        used_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    assert only_child(pool) == child
    pool.close()


def test_a_child_is_made_anew_after_its_images(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_pool, "IMAGES_A_CHILD", 2)
    pool = DecoderPool(1)
    pool.start()
    first = only_child(pool)
    for _ in range(3):
        assert pool.examine(sound, soon()).width == 64
    assert only_child(pool) != first
    assert not lives(first)
    pool.close()


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("tests.integration.no_such_module", "ended with 1"),
        ("tests.integration.decoding.children", "ended with 1"),
    ],
)
def test_children_that_cannot_be_started_are_trouble_of_our_own(
    sound: Path, caplog: pytest.LogCaptureFixture, module: str, told: str
) -> None:
    pool = DecoderPool(1, module=module)
    with caplog.at_level(logging.WARNING), pytest.raises(TryLater) as caught:
        pool.examine(sound, soon())
    assert caught.value.reason is Reason.DECODER_TROUBLE
    assert told in caught.value.detail
    assert told in caplog.text
    pool.close()


def test_where_no_process_can_be_started_no_image_is_lost(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = DecoderPool(1)
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/no/such/python")
        pool.start()
        with pytest.raises(TryLater) as caught:
            pool.examine(sound, soon())
        assert caught.value.reason is Reason.DECODER_TROUBLE
        assert "no process: No such file" in caught.value.detail
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_ctrl_c_in_a_terminal_ends_the_worker_and_not_its_decoders(sound: Path) -> None:
    pool = DecoderPool(1)
    pool.examine(sound, soon())
    child = only_child(pool)
    os.kill(child, signal.SIGINT)
    assert pool.examine(sound, soon()).width == 64
    assert only_child(pool) == child
    pool.close()


# What a decoder that was taken over says in the place of a verdict, in a real child.
@pytest.mark.parametrize("deed", sorted(hostile.DEEDS))
def test_what_a_hostile_child_says_costs_no_more_than_its_image(
    tmp_path: Path, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image").write_text(deed, encoding="ascii")
    pool = DecoderPool(1, deadline_s=1.0, grace_s=0.5, module=hostile.__name__)
    with pytest.raises(Damaged) as caught:
        pool.examine(tmp_path / "image", soon())
    assert caught.value.reason in {Reason.DECODER_DIED, Reason.DECODER_TIMEOUT}
    assert not (tmp_path / hostile.TRACE).exists()
    pool.close()


def test_a_verdict_that_was_said_before_its_image_came_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / "image").write_text("one verdict more", encoding="ascii")
    pool = DecoderPool(1, module=hostile.__name__)
    for _ in range(3):
        assert pool.examine(tmp_path / "image", soon()).width == hostile.SOUND.width
        (idle,) = pool._idle
        wait_for(lambda child=idle: not child.usable())  # type: ignore[misc]
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
