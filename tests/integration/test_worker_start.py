"""A worker takes its first bell only when it has shown that it can work; else it ends and says why."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from infra.local.parts import s3 as local_s3
from tests.integration.decoding.children import lives, wait_for
from tests.integration.store import odd_stores as odd
from tests.integration.store import store_player as stores

ROOT = Path(__file__).parents[2]
Variables = dict[str, str]


@pytest.fixture
def variables(s3: local_s3.S3, redis_url: str, prefix: str) -> Variables:
    """The environment of a worker that can work."""
    return {
        "PATH": os.environ["PATH"],
        "S3_BUCKET": s3.bucket,
        "S3_PREFIX": prefix,
        "S3_ENDPOINT": s3.endpoint,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "REDIS_URL": redis_url,
        "TICKET_KEYS": "k1:" + "0" * 64,
        "DECODERS": "1",
        "S3_READ_S": "1",
    }


@contextmanager
def worker(
    variables: Mapping[str, str],
    log: Path,
    *,
    folder: Path = ROOT,
    python: str = sys.executable,
    before: Callable[[], None] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [python, "-m", "workers"],
            cwd=folder,
            env=dict(variables),
            stdout=output,
            stderr=output,
            preexec_fn=before,  # noqa: PLW1509 - the limits of a process are set within it
        ) as started,
    ):
        try:
            yield started
        finally:
            started.kill()


def no_file_may_grow() -> None:
    """As on a disk that is full or cannot be written; what was opened by others is not concerned."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"AWS_PROFILE": "nobody's"}, 2, "The config profile (nobody's) could not be found"),
        ({"S3_ENDPOINT": "http://[::1"}, 2, "S3_ENDPOINT"),
        ({"S3_ENDPOINT": "127.0.0.1:9000"}, 2, "S3_ENDPOINT"),
        ({"S3_BUCKET": "no-such-bucket"}, 1, "does not let it write and read: "),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 1, "SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 1, "Unable to locate credentials"),
        ({"DECODE_MAX_BYTES": str(128 * 1024 * 1024), "DECODE_S": "0.000001"}, 1, "its decoders do not work"),
    ],
)
def test_a_worker_that_cannot_work_says_why_and_takes_no_bell(
    variables: Variables, tmp_path: Path, redis_url: str, change: Variables, code: int, told: str
) -> None:
    variables |= {"AWS_EC2_METADATA_DISABLED": "true", **change}
    doorbell = Doorbell(redis_url, Deployment(variables["S3_BUCKET"], variables["S3_PREFIX"]))
    doorbell.ring_settle("inbox/nothing")
    bells = doorbell.waiting()

    with worker(variables, tmp_path / "log") as started:
        assert code == started.wait(60)

    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert told in said
    assert "Traceback" not in said
    assert bells == doorbell.waiting() > 0
    doorbell.close()


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (
            odd.Denies("inline"),
            "it may not read inline/, create inline/, delete inline/, which a worker must",
        ),
        (stores.Unordered(), "What is put off is never rung for again"),
    ],
    ids=lambda told: type(told).__name__ if isinstance(told, stores.Store) else "",
)
def test_a_store_on_which_work_would_stop_is_worked_on_by_nobody(
    variables: Variables, tmp_path: Path, s3: local_s3.S3, store: stores.Store, told: str
) -> None:
    with (
        stores.StorePlayer(store, s3.endpoint) as player,
        worker({**variables, "S3_ENDPOINT": player.endpoint}, tmp_path / "log") as started,
    ):
        assert started.wait(60) == 1
    assert told.lower() in (tmp_path / "log").read_text(encoding="utf-8").lower()


def test_a_worker_without_a_folder_that_can_be_written_says_so(variables: Variables, tmp_path: Path) -> None:
    # A pipe for its words, since no file may grow.
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as words,
        subprocess.Popen(
            [sys.executable, "-m", "workers"],
            cwd=ROOT,
            env={**variables, "TMPDIR": str(tmp_path / "none")},
            stderr=writing,
            preexec_fn=no_file_may_grow,  # noqa: PLW1509 - the limits of a process are set within it
        ) as started,
    ):
        os.close(writing)
        said = words.read().decode()
        assert started.wait(60) == 1
    assert "there is no folder to download images to" in said
    assert "TMPDIR" in said


def test_an_s3_that_is_away_at_the_start_is_waited_for(
    variables: Variables, tmp_path: Path, s3: local_s3.S3, bucket: Bucket
) -> None:
    log = tmp_path / "log"
    s3.process.send(signal.SIGSTOP)
    try:
        with worker(variables | {"LOG_FORMAT": "json"}, log) as started:
            wait_for(lambda: b"cannot work yet, trying again" in log.read_bytes(), 60)
            s3.process.send(signal.SIGCONT)
            wait_for(lambda: b"worker ready" in log.read_bytes(), 60)
            started.terminate()
            assert started.wait(60) == 0
    finally:
        s3.process.send(signal.SIGCONT)
    assert [listed.key for listed in bucket.list("probe/worker-")]
    # From its first word to its last, Celery's among them.
    told = [json.loads(line)["message"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert "worker ends: told by SIGTERM" in told


def test_a_worker_that_waits_for_its_s3_ends_when_it_is_told_to(variables: Variables, tmp_path: Path) -> None:
    log = tmp_path / "log"
    variables |= {"S3_ENDPOINT": "http://127.0.0.1:9", "TMPDIR": str(tmp_path)}
    with worker(variables, log) as started:
        wait_for(lambda: b"cannot work yet, trying again" in log.read_bytes(), 60)
        started.terminate()
        assert started.wait(60) == 0
    assert [] == list(tmp_path.glob("fixative-*"))


def test_a_worker_runs_from_a_folder_that_was_never_installed(variables: Variables, tmp_path: Path) -> None:
    for package in ("archive", "egress", "providers", "runtime", "workers"):
        shutil.copytree(ROOT / package, tmp_path / "my code" / package)
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for found in Path(next(path for path in sys.path if path.endswith("site-packages"))).iterdir():
        if "fixative" not in found.name:  # neither its metadata nor the way to this folder
            (libraries / found.name).symlink_to(found)
    log = tmp_path / "log"
    variables |= {"PYTHONPATH": str(libraries), "PYTHONNOUSERSITE": "1"}
    with worker(variables, log, folder=tmp_path / "my code", python=sys._base_executable) as started:  # type: ignore[attr-defined]
        wait_for(lambda: b"worker ready" in log.read_bytes() or not lives(started.pid), 60)
        started.terminate()
        assert started.wait(60) == 0
    assert "worker ready" in log.read_text(encoding="utf-8")
