"""The task that a page's address names."""

from __future__ import annotations

from starlette.requests import Request

from archive.errors import Missing, NotUnderstood
from archive.library.task_file import TaskFile, find_task
from archive.store.bucket import Bucket
from archive.task_ids import is_task_id, told_or_as_it_is
from providers.registry import PROVIDERS


def task_of(bucket: Bucket, request: Request) -> TaskFile:
    """All that the bucket holds of it. Raises NotUnderstood, Missing."""
    provider, task_id = request.path_params["provider"], told_or_as_it_is(request.path_params["task_id"])
    if provider not in PROVIDERS or not is_task_id(task_id):
        raise NotUnderstood(
            "This is no task: a known provider, and an id without white space, of at most 159 bytes as it is filed"
        )
    file = find_task(bucket, f"{provider}/{task_id}", PROVIDERS)
    if file is None or file.task_id != task_id:
        raise Missing(f"Nothing of {provider}/{task_id} is here: no manifest, no dead letter, no work of it.")
    return file
