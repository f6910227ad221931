"""Who can be asked for tasks, and what is said of those who cannot."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from archive import tickets
from egress.aside import Aside
from tests.fakes.bucket import MemoryBucket
from workers.settings import WorkerSettings
from workers.ways_out import askers_for

LEAST = {"S3_BUCKET": "images", "REDIS_URL": "redis://host/0", "TICKET_KEYS": tickets.new_key("k1")}
SIGNED = {"OPENAI_SIGNING_KEYS": "whsec_YSBzZWNyZXQ="}


@pytest.mark.parametrize(
    ("said", "came"),
    [
        ({}, (False, False)),
        (SIGNED, (False, True)),
        (SIGNED | {"OPENAI_API_KEY": "sk-x"}, (True, False)),
    ],
)
def test_whose_callbacks_tell_an_id_alone_is_told_of_where_no_key_is_set(
    said: dict[str, str], came: tuple[bool, bool], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    askers = askers_for(WorkerSettings.read({**LEAST, **said}), Aside(MemoryBucket(), tmp_path))
    for asker in askers.values():
        asker.close(1)

    assert came == ("openai" in askers, "OPENAI_API_KEY is not set" in caplog.text)
