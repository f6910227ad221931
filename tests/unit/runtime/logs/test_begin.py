"""A process logs in one form, whoever speaks: libraries, Python's warnings, what ends a thread or the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from runtime.logs.step import STEPS, Step

ROOT = Path(__file__).parents[4]
PROGRAM = """
import logging, threading, warnings
from runtime.logs.begin import begin_logging
from runtime.settings.log import LogSettings
begin_logging("worker", LogSettings(log_format="json"), ["hunter2hunter2"])
logging.getLogger("uvicorn.error").info("Started")
logging.getLogger("celery.app.trace").error("Task\\nfailed %s", "hunter2hunter2", extra={"data": {}})
warnings.warn("mind the gap")
thread = threading.Thread(target=lambda: 1 / 0, name="one")
thread.start()
thread.join()
raise ValueError("hunter2hunter2")
"""


def said(*words: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr.splitlines()


def test_whoever_speaks_it_is_json_without_a_secret() -> None:
    lines = said("-c", PROGRAM)
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]

    assert ["uvicorn.error", "celery.app.trace", "py.warnings", *["runtime.logs.begin"] * 2] == [
        line["logger"] for line in told
    ]
    assert ["info", "error", "warning", "critical", "critical"] == [line["level"] for line in told]
    assert "ZeroDivisionError" in told[3]["traceback"]
    assert "ValueError" in told[4]["traceback"]
    assert [] == [line for line in lines if "hunter2" in line]


@pytest.mark.parametrize("module", ["receiver", "workers", "console"])
def test_settings_that_are_refused_are_a_line_of_json_where_that_is_wanted(module: str) -> None:
    [line] = said("-m", module, LOG_FORMAT="json", TICKET_KEYS="k1:hunter2hunter2")
    told = json.loads(line)

    assert ("error", module.rstrip("s")) == (told["level"], told["process"])
    assert "S3_BUCKET" in told["message"]
    assert "hunter2" not in line


def test_every_step_is_described() -> None:
    assert get_args(Step) == tuple(STEPS)
