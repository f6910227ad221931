"""The worker put together: Celery, what its jobs work with, and the sweep. The composition root."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from celery import Celery, signals

from archive.bucket import Bucket, open_bucket
from archive.doorbell import ARCHIVE, QUEUES, SETTLE, Doorbell, celery_app
from archive.errors import TryLater
from archive.journal import Journal
from archive.settings import Settings
from archive.work import Work
from providers.expectation import expect
from providers.registry import provider_named
from workers.archive_task import ArchiveTask
from workers.catalogue import commit_to
from workers.claim import Claims
from workers.close_task import CloseTask
from workers.decoder_pool import DecoderPool
from workers.download import Downloader, Limits
from workers.egress import Gate
from workers.fetch_asset import FetchAsset, Turn
from workers.keep import Keep
from workers.later import Distances
from workers.settle import Settle
from workers.sweep import Sweep

log = logging.getLogger(__name__)

# How long each part may take to end; Celery has waited for the jobs before.
STOP_S = 5.0


class Hands:
    """Everything that a worker process works with, opened once and closed once."""

    def __init__(self, settings: Settings) -> None:
        self.stopping = threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix="fixative-"))
        self.bucket: Bucket = open_bucket(
            name=settings.s3_bucket,
            prefix=settings.s3_prefix,
            endpoint=settings.s3_endpoint,
            connect_s=settings.s3_connect_s,
            read_s=settings.s3_read_s,
            connections=settings.worker_threads * 3 + 4,
        )
        self.doorbell = Doorbell(settings.redis_url.reveal(), expires_s=settings.lease_s)
        self.catalogue: Journal[str] = Journal(commit_to(self.bucket))
        self.decoders = DecoderPool(
            settings.decoders or os.cpu_count() or 1,
            deadline_s=settings.decode_s,
            memory_bytes=settings.decode_max_bytes,
        )
        self.executor = ThreadPoolExecutor(settings.worker_threads * 2, thread_name_prefix="fetch")
        keep = Keep(self.bucket, self.catalogue)
        self.settle = Settle(
            self.bucket, keep, self.doorbell, lease_s=settings.lease_s, link_life_h=settings.link_life_h
        )
        self.archive = ArchiveTask(
            self.bucket,
            Claims(self.bucket, lease_s=settings.lease_s, run_s=settings.run_s),
            CloseTask(self.bucket, keep),
            self._fetcher(settings),
            self.executor,
            turn_for=lambda work, deadline: turn_for(work, deadline, tuple(settings.source_hosts)),
            run_s=settings.run_s,
            distances=Distances(settings.retry_first_s, settings.retry_most_s),
        )
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=settings.worker_threads,
            lease_s=settings.lease_s,
            grace_s=settings.inbox_grace_s,
            idle_s=settings.sweep_idle_s,
            busy_s=settings.sweep_busy_s,
            retry_most_s=settings.retry_most_s,
        )

    def _fetcher(self, settings: Settings) -> FetchAsset:
        downloader = Downloader(
            Gate(frozenset(settings.allow_sources)),
            user_agent=f"Fixative/{version('fixative')} (image archiver)",
            limits=Limits(
                connect_s=settings.download_connect_s,
                idle_s=settings.download_idle_s,
                total_s=settings.download_s,
                max_bytes=settings.download_max_bytes,
            ),
        )
        return FetchAsset(self.bucket, downloader, self.decoders, folder=self.folder, stopping=self.stopping)

    def close(self) -> None:
        """Let go of everything, in order."""
        self.sweep.stop(STOP_S)
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.catalogue.close(STOP_S)
        self.decoders.close()
        self.doorbell.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def turn_for(work: Work, deadline: float, more_hosts: tuple[str, ...]) -> Turn:
    """What a run brings to each source of this work."""
    return Turn(
        work=work,
        expectation=expect(work.provider, work.order, work.told_model),
        hosts=(*provider_named(work.provider).media_hosts, *more_hosts),
        deadline=deadline,
    )


def create_app(settings: Settings) -> Celery:
    """The Celery application of a worker; what it works with is opened when the worker starts."""
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
    hands: list[Hands] = []

    @app.task(name=SETTLE)
    def settle(inbox_key: str, batch: str | None = None) -> None:
        _bounded(lambda: hands[0].settle.settle(inbox_key, _bytes(batch)), inbox_key)

    @app.task(name=ARCHIVE)
    def archive(due_key: str, work: str | None = None) -> None:
        _bounded(lambda: hands[0].archive.archive(due_key, _bytes(work)), due_key)

    @signals.celeryd_init.connect(weak=False)
    def _open(**_: object) -> None:
        hands.append(Hands(settings))

    @signals.worker_ready.connect(weak=False)
    def _sweep(**_: object) -> None:
        hands[0].decoders.start()
        hands[0].sweep.start()
        log.info("worker ready: threads=%d bucket=%s", settings.worker_threads, hands[0].bucket.location)

    @signals.worker_shutting_down.connect(weak=False)
    def _stop(**_: object) -> None:
        hands[0].stopping.set()

    @signals.worker_shutdown.connect(weak=False)
    def _close(**_: object) -> None:
        hands[0].close()

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
    """Take the secrets out of the environment, which the decoders' processes inherit."""
    for name in ("REDIS_URL", "TICKET_KEYS", "EVOLINK_API_KEY", "APIINONE_API_KEY"):
        environment.pop(name, None)


def _bounded(job: Callable[[], None], key: str) -> None:
    """Run a job; trouble that passes is told and left to the lease and the sweep."""
    try:
        job()
    except TryLater as error:
        log.warning("%s put off: reason=%s detail=%s", key, error.reason, error.detail)


def _bytes(carried: str | None) -> bytes | None:
    return carried.encode() if carried is not None else None
