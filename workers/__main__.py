"""`python -m workers`: a worker process with its sweep."""

from __future__ import annotations

import logging
import os
import signal
import sys

from archive.errors import SettingsRefused
from archive.queue.redis_tls import refuse_unreadable, warn_of
from runtime.environment import tidy
from runtime.gateways import declare
from runtime.logs.begin import begin_logging, tell_refusal
from runtime.logs.words import secrets_of
from runtime.metrics.port import told_at
from runtime.tracing.begin import begin_tracing
from workers.app import WorkerApp, without_secrets
from workers.opening import CannotWork, opened
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)


def main() -> int:
    """Work until told to stop, which is exit code 0.

    2: the settings are refused. 1: it cannot work, or its Redis can never be used. 75: nobody told it to end.
    """
    tidy(os.environ)
    try:
        declare(os.environ)
        settings = WorkerSettings.read(os.environ)
        refuse_unreadable(settings.queue.url.reveal())
        begin_logging("worker", settings.log, secrets_of(os.environ))
        begin_tracing("worker", os.environ)
        warn_of(settings.queue.url.reveal())
        without_secrets(os.environ)
        # While S3 is waited for; from then on Celery hears the signals.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        resources = opened(settings)
    except SettingsRefused as refusal:
        tell_refusal("worker", refusal)
        return 2
    except CannotWork as reason:
        log.error("this worker cannot work: %s", reason)  # noqa: TRY400 - the sentence says all
        return 1
    # A line for each bell received and done would be most of the log; the jobs say what they did.
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.worker.consumer.connection"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with told_at(settings.metrics, resources.meters):
        return WorkerApp(settings, resources).run()


if __name__ == "__main__":
    sys.exit(main())
