"""What the bucket says of a task, for the customer's own programs."""

from __future__ import annotations

import pytest

from archive import layout
from archive.errors import NewerRecord
from archive.library.task_status import UNKNOWN, status_of
from tests.fakes.bucket import MemoryBucket
from tests.fakes.newer import NewerVersion, of_schema_2
from tests.fakes.words import DAY, TASK, kept, manifest

KEY = layout.manifest_key(DAY, "evolink", TASK)


def test_a_manifest_of_a_newer_version_is_not_told_as_nothing_known() -> None:
    bucket = MemoryBucket()
    bucket.put(KEY, of_schema_2(manifest(kept()).to_json()))

    with pytest.raises(NewerRecord, match=KEY):
        status_of(bucket, "evolink", TASK)


def test_a_task_with_fields_of_a_newer_version_is_told_as_any_other() -> None:
    bucket = MemoryBucket()
    bucket.put(KEY, manifest(kept()).to_json())
    told = status_of(bucket, "evolink", TASK)
    bucket.put(KEY, NewerVersion().rewritten(manifest(kept()).to_json()))

    assert told == status_of(bucket, "evolink", TASK)
    assert told["status"] == "archived" != UNKNOWN
