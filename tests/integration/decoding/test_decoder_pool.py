"""The real pool of caged children: its verdicts, its deaths and its bounds."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from tests.integration.decoding.children import lives, taken_by_a_child, wait_for, who_holds
from tests.unit.workers.decoding.pictures import drawn, header, png
from workers.decoding.decoder_pool import DEATHS, DecoderPool
from workers.decoding.verdict import DecodeLimits, Facts

PNG = drawn("PNG")


@pytest.fixture
def endless(hanging: Path) -> Iterator[Path]:
    """The same, where nobody ever writes and closes."""
    end = os.open(hanging, os.O_RDWR)
    yield hanging
    os.close(end)


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    opened = DecoderPool(1, deadline_s=5.0)
    yield opened
    opened.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as executor:
        yield executor


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def is_held(pool: DecoderPool, path: Path) -> bool:
    return who_holds(pool, path) is not None


def has_begun_or_waits(pool: DecoderPool, first: Path, waiting: int) -> bool:
    return who_holds(pool, first) is not None and pool.waiting == waiting


def kill_all(pool: DecoderPool) -> None:
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)


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
            "limits: 40000x40000, 1 frame(s); 64000000 pixels are decoded here",
        ),
        (
            b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xfe\x3f\x00" * 2,
            Reason.TOO_MANY_PIXELS,
            "limits: 16383x16383, 1 frame(s); 64000000 pixels are decoded here",
        ),
    ],
)
def test_a_verdict_of_damage_comes_whole(
    pool: DecoderPool, tmp_path: Path, data: bytes, reason: Reason, told: str
) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Damaged) as caught:
        pool.examine(tmp_path / "x", soon())
    assert (caught.value.reason, caught.value.detail) == (reason, told)


def test_no_descriptor_of_an_image_is_left_in_parent_or_child(pool: DecoderPool, sound: Path) -> None:
    def held() -> list[int]:
        folders = [Path(f"/proc/{pid}/fd") for pid in (os.getpid(), *pool.pids())]
        return [len(list(folder.iterdir())) for folder in folders]

    pool.examine(sound, soon())
    before = held()
    for _ in range(100):
        pool.examine(sound, soon())

    assert all(now <= then + 2 for now, then in zip(held(), before, strict=True))


def test_a_file_that_is_not_there_is_no_verdict_on_the_image(pool: DecoderPool, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        pool.examine(tmp_path / "none", soon())


def test_limits_reach_the_children(sound: Path) -> None:
    pool = DecoderPool(1, limits=DecodeLimits(max_pixels=100))
    with pytest.raises(Damaged) as caught:
        pool.examine(sound, soon())
    pool.close()
    assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_an_image_that_needs_more_memory_than_there_is_is_damaged(tmp_path: Path, sound: Path) -> None:
    large = io.BytesIO()
    Image.new("RGB", (7000, 7000)).save(large, "JPEG")
    (tmp_path / "large").write_bytes(large.getvalue())
    pool = DecoderPool(1, memory_bytes=150_000_000)
    with pytest.raises(Damaged) as caught:
        pool.examine(tmp_path / "large", soon())
    assert caught.value.reason is Reason.UNDECODABLE
    assert "more memory than a decoder has" in caught.value.detail
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_a_child_that_is_killed_from_outside_costs_no_image(
    pool: DecoderPool, sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    verdict = threads.submit(pool.examine, hanging, soon())
    first_end, first = taken_by_a_child(pool, hanging)
    waiting = threads.submit(pool.examine, sound, soon())
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: who_holds(pool, hanging) not in {None, first})
    os.write(first_end, PNG)
    os.close(first_end)

    assert verdict.result(30).width == 64
    assert waiting.result(30).width == 64


def test_an_image_on_which_every_child_dies_is_given_up_and_no_other(
    pool: DecoderPool, sound: Path, hanging: Path, threads: ThreadPoolExecutor
) -> None:
    verdict = threads.submit(pool.examine, hanging, soon())
    writing, holder = taken_by_a_child(pool, hanging)
    waiting = threads.submit(pool.examine, sound, soon())
    for death in range(DEATHS):
        os.kill(holder, signal.SIGSEGV)
        if death + 1 < DEATHS:
            wait_for(lambda gone=holder: who_holds(pool, hanging) not in {None, gone})  # type: ignore[misc]
            holder = who_holds(pool, hanging) or 0
    with pytest.raises(Damaged) as caught:
        verdict.result(30)
    os.close(writing)

    assert caught.value.reason is Reason.DECODER_DIED
    assert waiting.result(30).width == 64


def test_the_pool_survives_the_death_of_idle_children(sound: Path) -> None:
    pool = DecoderPool(2)
    for _ in range(3):
        assert pool.examine(sound, soon()).width == 64
        kill_all(pool)
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_a_decoding_that_overruns_is_killed(sound: Path, endless: Path) -> None:
    pool = DecoderPool(1, deadline_s=0.3)
    with pytest.raises(Damaged) as caught:
        pool.examine(endless, soon())
    assert caught.value.reason is Reason.DECODER_TIMEOUT
    assert pool.examine(sound, soon()).width == 64
    pool.close()


def test_the_callers_deadline_ends_the_wait_and_frees_the_child(sound: Path, endless: Path) -> None:
    pool = DecoderPool(1, deadline_s=600.0)
    for deadline in (soon(0.3), soon(-1)):
        with pytest.raises(TryLater) as caught:
            pool.examine(endless, deadline)
        assert caught.value.reason is Reason.OUT_OF_TIME
    assert pool.examine(sound, soon()).width == 64  # long before a decoding's own end
    pool.close()


def test_waiting_for_a_free_child_does_not_count_as_decoding(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    pool = DecoderPool(1, deadline_s=1.5)
    pool.start()
    files = [tmp_path / str(number) for number in range(3)]
    verdicts: list[Future[Facts]] = []
    ends: list[int] = []
    for waiting, file in enumerate(files):
        os.mkfifo(file)
        ends.append(os.open(file, os.O_RDWR))
        verdicts.append(threads.submit(pool.examine, file, soon()))
        wait_for(partial(has_begun_or_waits, pool, files[0], waiting))
    for file, end in zip(files, ends, strict=True):  # each 0.8 s: the last has waited 1.6 s before it began
        wait_for(partial(is_held, pool, file))
        threading.Event().wait(0.8)
        os.write(end, PNG)
        os.close(end)
    assert [verdict.result(10).width for verdict in verdicts] == [64, 64, 64]
    pool.close()


def test_many_threads_get_each_their_own_verdict(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    pool = DecoderPool(2)
    files = [tmp_path / str(width) for width in range(1, 161)]
    for file in files:
        file.write_bytes(drawn("PNG", (int(file.name), 2)))
    found = list(threads.map(lambda file: pool.examine(file, soon()).width, files))
    assert found == list(range(1, 161))
    pool.close()


def test_a_child_has_no_environment_and_no_room(
    sound: Path, hanging: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-environment")
    pool = DecoderPool(1, deadline_s=0.5)
    pool.start()
    for _ in range(2):  # the second child was started after the first was killed
        pool.examine(sound, soon())
        verdict = threads.submit(pool.examine, hanging, soon())
        writing, child = taken_by_a_child(pool, hanging)
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
            verdict.result(30)
        os.close(writing)
    pool.close()


def test_closing_tells_who_waits_and_ends_the_children(
    sound: Path, endless: Path, threads: ThreadPoolExecutor
) -> None:
    pool = DecoderPool(1, deadline_s=600.0)
    verdicts = [threads.submit(pool.examine, path, soon()) for path in (endless, sound, sound)]
    wait_for(lambda: who_holds(pool, endless) is not None and pool.waiting == 2)
    before = pool.pids()
    pool.close()
    for verdict in verdicts:
        with pytest.raises(TryLater) as caught:
            verdict.result(30)
        assert caught.value.reason is Reason.STOPPING
    assert len(before) == 1
    assert not any(lives(pid) for pid in before)
    with pytest.raises(TryLater):
        pool.examine(sound, soon())


def test_a_pool_that_never_began_closes() -> None:
    pool = DecoderPool(2)
    pool.close()
    pool.start()
    assert pool.pids() == []


def test_children_end_when_their_parent_is_killed() -> None:
    program = (
        "import threading\n"
        "from workers.decoding.decoder_pool import DecoderPool\n"
        "pool = DecoderPool(2)\n"
        "pool.start()\n"
        "print(*pool.pids(), flush=True)\n"
        "threading.Event().wait(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    wait_for(lambda: not any(lives(pid) for pid in pids), 30)
