"""The worker put together: Celery and its jobs. The composition root."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping

from celery import Celery, signals

from archive.doorbell import ARCHIVE, QUEUES, SETTLE, celery_app
from archive.errors import TryLater
from archive.settings import Settings
from workers.hands import Hands

log = logging.getLogger(__name__)


def create_app(settings: Settings, hands: Hands) -> Celery:
    """The Celery application of a worker, which works with these hands and closes them."""
    app = celery_app(settings.redis_url.reveal(), answer_s=None)
    app.conf.update(
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        # Bells are acknowledged on receipt; the lease does the work of late acks (docs/architecture.md).
        task_acks_late=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_transport_options={
            **app.conf.broker_transport_options,
            "health_check_interval": 15,
            "max_connections": settings.worker_threads + 20,
        },
    )

    @app.task(name=SETTLE)
    def settle(inbox_key: str, batch: str | None = None, ends_unix_s: float | None = None) -> None:
        if hands.is_over(ends_unix_s):
            return
        with hands.stall.job():
            _bounded(hands, lambda: hands.settle.settle(inbox_key, _bytes(batch)), inbox_key)

    @app.task(name=ARCHIVE)
    def archive(due_key: str, work: str | None = None, ends_unix_s: float | None = None) -> None:
        if hands.is_over(ends_unix_s):
            return
        with hands.stall.job():
            _bounded(hands, lambda: hands.archive.archive(due_key, _bytes(work)), due_key)

    @signals.worker_ready.connect(weak=False)
    def _sweep(**_: object) -> None:
        hands.sweep.start()
        hands.stall.start()
        hands.pulse.start()
        hands.prover.start()
        log.info("worker ready: threads=%d bucket=%s", settings.worker_threads, hands.bucket.location)

    @signals.worker_shutting_down.connect(weak=False)
    def _stop(**_: object) -> None:
        hands.stopping.set()

    @signals.worker_shutdown.connect(weak=False)
    def _close(**_: object) -> None:
        hands.close()

    return app


def worker_arguments(settings: Settings) -> list[str]:
    """The command line of the worker: threads wait, the decoders' processes compute."""
    return [
        "--quiet",
        "worker",
        "--pool=threads",
        f"--concurrency={settings.worker_threads}",
        f"--queues={','.join(QUEUES)}",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        f"--loglevel={settings.log_level}",
    ]


def without_secrets(environment: MutableMapping[str, str]) -> None:
    """Take the secrets out of the environment, so that no child can inherit them (the decoders' cage empties its own)."""
    for name in (
        "REDIS_URL",
        "REDIS_SENTINEL_PASSWORD",
        "TICKET_KEYS",
        "EVOLINK_API_KEY",
        "APIINONE_API_KEY",
        "API_TOKEN",
        "EGRESS_PROXY",
    ):
        environment.pop(name, None)


def _bounded(hands: Hands, job: Callable[[], None], key: str) -> None:
    """Run a job and note that it was done; trouble that passes is told and left to the lease and the sweep."""
    try:
        job()
    except TryLater as error:
        log.warning("%s put off: reason=%s detail=%s", key, error.reason, error.detail)
    else:
        hands.pulse.note_success()


def _bytes(carried: str | None) -> bytes | None:
    return carried.encode() if carried is not None else None
