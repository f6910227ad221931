"""A worker process grants the wishes of a gallery, and ends in order with its child."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from archive.library.thumbnails import Thumbnails
from archive.queue.wishes import Wish, Wishes
from archive.store.bucket import Bucket
from infra.local.parts.s3 import S3
from tests.integration.decoding.children import lives, wait_for
from tests.integration.queue.lone_worker import working
from tests.pace import until
from tests.unit.workers.decoding.pictures import SIGNATURE, chunk, drawn

PAGE = 6
FOLDER = "tasks/2026/11/26/evolink/task-unified-1795000000-a"


def test_a_worker_has_a_child_for_thumbnails_while_they_are_wished_for_and_ends_with_it(
    tmp_path: Path, s3: S3, bucket: Bucket, prefix: str, redis_url: str
) -> None:
    """Takes some seconds, as a worker starts."""
    picture = drawn("PNG", (500, 500))
    wishes = []
    for number in range(PAGE):
        # The same picture each time, and yet another file.
        data = (
            picture[: len(SIGNATURE) + 25]
            + chunk(b"tEXt", b"n\0%d" % number)
            + picture[len(SIGNATURE) + 25 :]
        )
        wishes.append(Wish(f"{FOLDER}/{number:02d}.png", hashlib.sha256(data).hexdigest()))
        bucket.put(wishes[-1].key, data)
    with working(tmp_path, s3, bucket, prefix, redis_url) as worker:
        assert len(_children(worker.process.pid)) == 1, "who has no console pays for no child"
        with contextlib.closing(Wishes(redis_url, worker.deployment)) as queue:
            console = Thumbnails(bucket, queue)
            assert all(console.wish(*wish) for wish in wishes)
            assert until(lambda: sum(1 for _ in bucket.list("thumbs/")) == PAGE, 120), worker.log
        assert all(console.find(wish.sha256) for wish in wishes)
        children = _children(worker.process.pid)
        assert len(children) == 2
        worker.settles("after")

        assert worker.told_to_stop() == "ended with exit code 0", worker.log
        wait_for(lambda: not any(lives(pid) for pid in children))


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
