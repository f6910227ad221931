"""Celery's worker, stopped by the signals that are meant to stop it, and by nothing else that Celery listens to.

    SIGTERM, SIGINT    end in order: exit code 0; a second SIGINT gives up what is under way
    SIGHUP             end in order, to be started again: 75
    SIGQUIT            give up what is under way, and end: 75

Celery's own starts itself anew on SIGHUP, by a command line that is not ours and without the environment that we
have taken the secrets out of; opens a debugger on SIGUSR2; and takes SIGTERM for SIGQUIT where a variable says so.
"""

from __future__ import annotations

import os
from typing import Any

from celery.apps import worker as celery_worker

# EX_TEMPFAIL of sysexits.h: start me again.
START_AGAIN = 75


class StoppableWorker(celery_worker.Worker):
    """A worker of ours. Leans on the inside of Celery 5.6."""

    def install_platform_tweaks(self, worker: Any) -> None:
        """Listen to the signals above."""
        celery: Any = celery_worker  # the stubs hide what it has
        handle = celery._shutdown_handler  # noqa: SLF001 - what all of Celery's own are made of
        # `verbose` would write a line past the log; the worker tells itself that it ends.
        handle(worker, sig="SIGTERM", how="Warm", exitcode=os.EX_OK, verbose=False)
        handle(worker, sig="SIGHUP", how="Warm", exitcode=START_AGAIN, verbose=False)
        handle(worker, sig="SIGINT", how="Warm", exitcode=os.EX_OK, callback=celery.on_SIGINT, verbose=False)
        celery.install_worker_term_hard_handler(worker, verbose=False)
