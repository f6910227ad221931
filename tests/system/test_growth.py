"""A stranger tells of one task again and again, with as many words as the door takes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.system.stack import Stack, until

TIMES = 60
# Of words: a run of so many letters would be taken for an image within the text, or for a secret.
LONG = "what a task says of its end, " * 35_500
MANIFEST_BYTES = 100_000
# Thirty of these bodies in every thread at the same time are less; without bounds it was seven gigabytes.
GROWN_MB = 400


def resident_mb(pid: int, name: str = "VmRSS") -> int:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) // 1024


def test_sixty_callbacks_of_a_megabyte_make_a_small_manifest_and_leave_the_worker_as_it_was(
    stack: Stack,
) -> None:
    worker, task = stack.line["pids"]["worker"], f"task-unified-{int(time.time())}-growth"
    before = resident_mb(worker)
    for number in range(TIMES):
        error = {"code": "c" * 10_000, "message": f"{number} {LONG}"}
        assert 202 == stack.post({"id": task, "status": "failed", "model": "m", "error": error})

    def all_told() -> Any:
        manifest = stack.manifest(task)
        told = (
            len(manifest["notifications"]) + (manifest["counted"] or {"count": 0})["count"] if manifest else 0
        )
        return manifest if told == TIMES else None

    manifest = until("each is named or counted", all_told, 120)
    assert len(json.dumps(manifest, indent=2)) < MANIFEST_BYTES
    assert manifest["error"]["message"].endswith("…")
    until("rest", lambda: not stack.keys("inbox/"), 60)
    assert resident_mb(worker, "VmHWM") - before < GROWN_MB
    shown = json.loads(stack.fixative("show", task, "--json").stdout)
    assert manifest["counted"] == shown["counted"]
    assert "more between the first and the last of these" in stack.fixative("show", task).stdout


def test_a_task_that_is_told_of_with_ever_other_links_is_kept_small(stack: Stack) -> None:
    task = f"task-unified-{int(time.time())}-manysets"
    # A source that is forbidden is given up immediately; one that does not answer, with its link's life.
    hosts = "https://forbidden.example/nothing/here"
    for number in range(30):
        links = [f"{hosts}/{number}/{place}/".ljust(8_000, "z") for place in range(4)]
        assert 202 == stack.post({"id": task, "status": "completed", "results": links})

    def settled() -> bool:
        return not stack.keys("inbox/") and not stack.due(task)

    until("every set is given up", settled, 120)
    letter = stack.letter(task)
    apart = [told for told in stack.letters() if told["task_id"] == task and told["delivery"]]
    assert 8 == 1 + len(letter["others"])
    assert {"too_many_sources"} == {told["reason"] for told in apart}
    assert 30 == len(letter["notifications"]) + len(apart)
    assert len(json.dumps(letter, indent=2)) < 2_000_000
