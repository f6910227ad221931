"""The real pool of caged children: its verdicts, its deaths and its bounds."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from tests.unit.workers.pictures import drawn, header, png
from workers.decoder import Facts, Limits
from workers.decoder_pool import DecoderPool

PNG = drawn("PNG")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound"
    path.write_bytes(PNG)
    return path


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A file whose reading does not end: the decoder is busy with it until somebody writes and closes."""
    path = tmp_path / "hanging"
    os.mkfifo(path)
    return path


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[DecoderPool]:
    opened = DecoderPool(1, folder=tmp_path, deadline_s=5.0)
    yield opened
    opened.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as executor:
        yield executor


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = soon(seconds)
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        pause.wait(0.01)


def children() -> list[int]:
    """The decoders of this process that live."""
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def opened_by_a_child(path: Path) -> int:
    """Wait until a decoder reads the file; the end to write to."""
    ends: list[int] = []

    def opened() -> bool:
        with suppress(OSError):  # nobody reads yet
            ends.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    wait_for(opened)
    return ends[0]


def test_a_sound_image_comes_back_with_its_facts(pool: DecoderPool, sound: Path) -> None:
    assert pool.examine(sound, soon()) == Facts(
        format="PNG", content_type="image/png", extension="png", mode="RGB", width=64, height=48
    )


@pytest.mark.parametrize(
    ("data", "reason", "told"),
    [
        (b"<html>", Reason.NOT_AN_IMAGE, "magic bytes: no PNG, JPEG or WebP: it looks like HTML"),
        (PNG[:-12], Reason.UNDECODABLE, "PNG structure: the file ends without IEND"),
        (
            png(head=header(40_000, 40_000)),
            Reason.TOO_MANY_PIXELS,
            "open: far more pixels than are decoded here",
        ),
        (
            b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xfe\x3f\x00" * 2,
            Reason.TOO_MANY_PIXELS,
            "limits: 16383x16383, 1 frame(s); 64000000 pixels are decoded here",
        ),
    ],
)
def test_a_verdict_of_damage_crosses_the_pipe_whole(
    pool: DecoderPool, tmp_path: Path, data: bytes, reason: Reason, told: str
) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Damaged) as caught:
        pool.examine(tmp_path / "x", soon())
    assert (caught.value.reason, caught.value.detail) == (reason, told)


def test_a_file_that_is_not_there_is_no_verdict_on_the_image(pool: DecoderPool, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        pool.examine(tmp_path / "none", soon())


def test_limits_reach_the_children(sound: Path, tmp_path: Path) -> None:
    pool = DecoderPool(1, folder=tmp_path, limits=Limits(max_pixels=100))
    with pytest.raises(Damaged) as caught:
        pool.examine(sound, soon())
    pool.close()
    assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_an_image_that_needs_more_memory_than_there_is_is_damaged(tmp_path: Path, sound: Path) -> None:
    large = io.BytesIO()
    Image.new("RGB", (7000, 7000)).save(large, "JPEG")
    (tmp_path / "large").write_bytes(large.getvalue())
    pool = DecoderPool(1, folder=tmp_path, memory_bytes=150_000_000)
    with pytest.raises(Damaged) as caught:
        pool.examine(tmp_path / "large", soon())
    assert caught.value.reason is Reason.UNDECODABLE
    assert "MemoryError" in caught.value.detail
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_the_death_of_a_child_is_a_verdict_on_its_image_alone(
    pool: DecoderPool, sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    verdict = threads.submit(pool.examine, hanging, soon())
    writing = opened_by_a_child(hanging)
    waiting = threads.submit(pool.examine, sound, soon())
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(Damaged) as caught:
        verdict.result(10)
    os.close(writing)
    assert caught.value.reason is Reason.DECODER_DIED
    assert waiting.result(10).width == 64


def test_the_pool_survives_the_death_of_idle_children(sound: Path, tmp_path: Path) -> None:
    pool = DecoderPool(2, folder=tmp_path)
    for _ in range(3):
        assert pool.examine(sound, soon()).width == 64
        for pid in children():
            os.kill(pid, signal.SIGKILL)
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_a_decoding_that_overruns_is_killed(sound: Path, hanging: Path, tmp_path: Path) -> None:
    pool = DecoderPool(1, folder=tmp_path, deadline_s=0.3)
    before = time.monotonic()
    with pytest.raises(Damaged) as caught:
        pool.examine(hanging, soon())
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    assert time.monotonic() - before < 3
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_the_callers_deadline_ends_the_wait_and_frees_the_child(
    pool: DecoderPool, sound: Path, hanging: Path
) -> None:
    for deadline in (soon(0.3), soon(-1)):
        with pytest.raises(TryLater) as caught:
            pool.examine(hanging, deadline)
        assert caught.value.reason is Reason.OUT_OF_TIME
    assert pool.examine(sound, soon(4)).width == 64  # sooner than the five seconds of a decoding


def test_waiting_for_a_free_child_does_not_count_as_decoding(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    pool = DecoderPool(1, folder=tmp_path, deadline_s=1.5)
    pool.start()
    files = [tmp_path / str(number) for number in range(3)]
    verdicts: list[Future[Facts]] = []
    for file in files:
        os.mkfifo(file)
        verdicts.append(threads.submit(pool.examine, file, soon()))
        wait_for(lambda: len(pool._waiting) == len(verdicts))
    for file in files:  # each takes 0.8 s: the last has waited for 1.6 s before it began
        writing = opened_by_a_child(file)
        threading.Event().wait(0.8)
        os.write(writing, PNG)
        os.close(writing)
    assert [verdict.result(10).width for verdict in verdicts] == [64, 64, 64]
    pool.close()


def test_many_threads_get_each_their_own_verdict(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    pool = DecoderPool(2, folder=tmp_path)
    files = [tmp_path / str(width) for width in range(1, 161)]
    for file in files:
        file.write_bytes(drawn("PNG", (int(file.name), 2)))
    found = list(threads.map(lambda file: pool.examine(file, soon()).width, files))
    assert found == list(range(1, 161))
    pool.close()


def test_a_child_has_no_environment_and_no_room(
    sound: Path, hanging: Path, threads: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-environment")
    pool = DecoderPool(1, folder=tmp_path, deadline_s=0.5)
    pool.start()
    for _ in range(2):  # the second child was started after the first was killed
        pool.examine(sound, soon())
        verdict = threads.submit(pool.examine, hanging, soon())
        writing = opened_by_a_child(hanging)
        (child,) = children()
        told = Path(f"/proc/{child}")
        assert b"canary" not in (told / "environ").read_bytes()
        assert b"=" not in (told / "environ").read_bytes().replace(b"LC_CTYPE=", b"")
        assert "NoNewPrivs:\t1" in (told / "status").read_text(encoding="ascii")
        limits = (told / "limits").read_text(encoding="ascii")
        rows = {line[:25].strip(): line[25:].split()[0] for line in limits.splitlines()[1:]}
        assert rows["Max address space"] == "1073741824"
        assert rows["Max open files"] == "64"
        assert rows["Max core file size"] == rows["Max file size"] == "0"
        assert rows["Max cpu time"].isdigit()
        with pytest.raises(Damaged):
            verdict.result(10)
        os.close(writing)
    pool.close()


def test_closing_tells_who_waits_and_ends_the_children(
    pool: DecoderPool, sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    verdicts = [threads.submit(pool.examine, path, soon()) for path in (hanging, sound, sound)]
    wait_for(lambda: len(pool._waiting) == 3)
    before = time.monotonic()
    pool.close()
    for verdict in verdicts:
        with pytest.raises(TryLater) as caught:
            verdict.result(5)
        assert caught.value.reason is Reason.STOPPING
    assert time.monotonic() - before < 5
    assert children() == []
    with pytest.raises(TryLater):
        pool.examine(sound, soon())


def test_a_pool_that_never_began_closes(tmp_path: Path) -> None:
    DecoderPool(2, folder=tmp_path).close()
    assert children() == []


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import multiprocessing, pathlib, sys, threading\n"
        "from workers.decoder_pool import DecoderPool\n"
        "pool = DecoderPool(2, folder=pathlib.Path(sys.argv[1]))\n"
        "pool.start()\n"
        "print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "threading.Event().wait(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = parent.stdout.readline().split()
    assert len(pids) == 2
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    wait_for(lambda: not any(_lives(pid) for pid in pids))
    assert tmp_path.exists()


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
