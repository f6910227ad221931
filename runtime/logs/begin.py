"""A process begins to log: to standard error, in one form, whoever speaks.

Other people's loggers say no less than warnings, since at `debug` botocore logs whole bodies and urllib3 whole paths,
and they cannot fill a disk (`SeldomFilter`). What Python would write by itself, warnings and what ends a thread or the
process, comes in the same form.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Literal

from archive.errors import SettingsRefused
from runtime.environment import said
from runtime.logs.json_lines import JsonLines
from runtime.logs.lines import LogLines
from runtime.seldom import SeldomFilter
from runtime.settings.log import LogSettings

Process = Literal["receiver", "worker", "console"]

# Their own words are wanted at every level; all others speak from WARNING on.
OURS = ("archive", "console", "egress", "infra", "providers", "receiver", "runtime", "workers")
# uvicorn and Celery tell when they start and stop, and nothing of requests.
_KNOWN_QUIET = ("uvicorn.error", "celery.worker", "celery.apps", "celery.bootsteps")

log = logging.getLogger(__name__)


def begin_logging(process: Process, settings: LogSettings, secrets: Iterable[str] = ()) -> None:
    """Log to standard error. Called once, by what starts a process."""
    level, as_json = settings.log_level, settings.log_format == "json"
    stream = logging.StreamHandler()
    stream.setFormatter(JsonLines(secrets, process=process) if as_json else LogLines(secrets))
    stream.addFilter(SeldomFilter(OURS))
    logging.basicConfig(level=logging.WARNING, handlers=[stream])
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name in _KNOWN_QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level.upper())))
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    threading.excepthook = _thread_ended


def tell_refusal(process: Process, refusal: SettingsRefused) -> None:
    """Say why the process does not begin: in a sentence for people, or as a line of JSON where these are wanted."""
    if said(os.environ, "LOG_FORMAT") == "json":
        text = f"settings refused: {'; '.join(refusal.problems)}"
        record = logging.LogRecord(__name__, logging.ERROR, __file__, 0, "%s", (text,), None)
        sys.stderr.write(f"{JsonLines(process=process).format(record)}\n")
    else:
        sys.stderr.write(f"{refusal}\n")


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("the process ends by a fault of ours", exc_info=(kind, error, trace))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    error = ended.exc_value or ended.exc_type()
    name = ended.thread.name if ended.thread is not None else "unknown"
    log.critical("the thread %s ends by a fault of ours", name, exc_info=error)
