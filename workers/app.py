"""The worker put together: Celery and its jobs. The composition root."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping
from typing import Any

from celery import Celery, signals

from archive.bell import ARCHIVE, SETTLE
from archive.queue.doorbell import celery_app
from runtime.heartbeat import our_build
from runtime.settings.every import secret_names
from workers.listening.listener import listener_of
from workers.listening.stoppable import START_AGAIN, StoppableWorker
from workers.resources import Resources
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)

# Bells are waited for without blocking; this is for all else, so that a Redis that hangs holds nobody for good.
ANSWER_S = 5.0
# A bell that is waited for is asked for anew every second; without an answer for so long, the connection is dead.
HEALTH_S = 15
# One waits for bells, one does everything else; more would be a leak.
CONNECTIONS_MOST = 4


class WorkerApp:
    """The Celery application of a worker, which works with these resources and closes them."""

    def __init__(self, settings: WorkerSettings, resources: Resources) -> None:
        self._settings, self._resources = settings, resources
        self._deployment = settings.store.deployment
        self._celery = self._application()
        self._told_by: list[str] = []

    def run(self) -> int:
        """Listen and work until told to stop. The exit code: 0 if it was told to stop, and went in order.

        Celery's own `worker_main` answers nothing, whatever the worker ended with.
        """
        for signal, answer in (
            (signals.setup_logging, self._leave_logging),
            (signals.worker_ready, self._ready),
            (signals.worker_shutting_down, self._stop),
            (signals.worker_shutdown, self._close),
        ):
            signal.connect(answer, weak=False)
        worker: Any = StoppableWorker(
            app=self._celery,
            consumer_cls=listener_of(
                self._deployment.key, self._resources.stall.heard, [self._deployment.queues.short]
            ),
            pool_cls="threads",
            concurrency=self._settings.work.worker_threads,
            queues=list(self._deployment.queues),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel=self._settings.log.log_level.upper(),
            quiet=True,
        )
        worker.start()
        if self._told_by and self._told_by[0] in {"SIGTERM", "SIGINT"}:
            return os.EX_OK
        return worker.exitcode or START_AGAIN

    def _application(self) -> Celery:
        app = celery_app(self._settings.queue.url.reveal(), self._deployment.queues, answer_s=ANSWER_S)
        app.conf.update(
            worker_prefetch_multiplier=1,
            worker_enable_prefetch_count_reduction=False,
            worker_send_task_events=False,
            # Bells are acknowledged on receipt; the lease does the work of late acks (docs/architecture.md).
            task_acks_late=False,
            worker_cancel_long_running_tasks_on_connection_loss=False,
            broker_transport_options={
                **app.conf.broker_transport_options,
                "health_check_interval": HEALTH_S,
                "max_connections": CONNECTIONS_MOST,
            },
        )

        @app.task(name=SETTLE)
        def settle(*arguments: Any, **named: Any) -> None:
            with self._resources.stall.job():
                self._resources.jobs.answer(SETTLE, arguments, named)

        @app.task(name=ARCHIVE)
        def archive(*arguments: Any, **named: Any) -> None:
            with self._resources.stall.job():
                self._resources.jobs.answer(ARCHIVE, arguments, named)

        return app

    def _leave_logging(self, **_: object) -> None:
        """It is set up already; Celery would let everybody's loggers speak at our level."""

    def _ready(self, **_: object) -> None:
        self._resources.start()
        log.info(
            "worker ready: threads=%d bucket=%s version=%s",
            self._settings.work.worker_threads,
            self._resources.bucket.location,
            our_build(),
        )

    def _stop(self, sig: str = "", **_: object) -> None:
        self._told_by.append(sig)
        self._resources.stopping.set()

    def _close(self, **_: object) -> None:
        # Not where the signal is heard: a handler may interrupt a line that is being written.
        log.info("worker ends: told by %s", ", ".join(self._told_by) or "nobody")
        self._resources.close()


def without_secrets(environment: MutableMapping[str, str]) -> None:
    """Take the secrets out of the environment, so that no child can inherit them (the decoders' cage empties its own)."""
    for name in secret_names():
        environment.pop(name, None)
