"""The callback that is posted: what EvoLink sends when a task is completed, some 700 bytes."""

from __future__ import annotations

import json
from pathlib import Path

from infra.local.parts.process import PROJECT

_CAPTURED = PROJECT / "tests" / "payloads" / "evolink" / "completed-captured.json"


def body(task_id: str = "", link: str = "") -> bytes:
    """The captured callback; with a task's id and an image's link of one's own."""
    told = json.loads(_CAPTURED.read_text(encoding="utf-8"))
    if task_id:
        told |= {"id": task_id, "results": [link], "result_data": [{"url": link}]}
    return json.dumps(told).encode()


def written_to(folder: Path) -> Path:
    """The captured callback as a file, for a program that reads it from there."""
    file = folder / "callback.json"
    file.write_bytes(body())
    return file
