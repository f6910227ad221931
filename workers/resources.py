"""What a worker process works with, opened once and closed once."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from archive.bell import Seals
from archive.queue.doorbell import Doorbell
from archive.queue.short_bells import ShortBells
from archive.queue.turns import Turns
from archive.records.work import Work
from archive.rolled.tables import DayTables
from archive.store.bucket import Bucket, open_bucket
from egress.aside import Aside
from egress.breaker import Breaker
from runtime.fingerprint import fingerprint_of
from runtime.guarded import stop_together
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from runtime.metrics.meters import Meters
from runtime.prover import Prover
from runtime.pulse import Pulse
from runtime.settings.downloads import DownloadSettings
from runtime.settings.egress import EgressSettings
from workers.archive_task import ArchiveTask
from workers.asking.ask import Ask
from workers.asking.order_book import OrderBook
from workers.catalogue_lines import CatalogueJournal
from workers.close_task import CloseTask
from workers.decoding.verdict import DecodeLimits
from workers.due_work import DueWork
from workers.fetch_asset import FetchAsset
from workers.keep import Keep
from workers.later import Distances
from workers.leases import Leases
from workers.left_alone import LeftAlone
from workers.listening.jobs import Jobs
from workers.listening.short_lane import ShortLane, lane_threads, with_lane
from workers.listening.stall import Stall
from workers.measuring.gauges import tell_of_waiting, tell_of_work
from workers.measuring.measured_parts import MeasuredDecoders, MeasuredFetch
from workers.measuring.runs import Runs
from workers.measuring.waiting_look import WaitingLook
from workers.rolling.roll_up import RollUp
from workers.rolling.roller import Roller
from workers.settings import WorkerSettings
from workers.settle import Settle
from workers.settling.in_place import InPlace
from workers.settling.young_batch import BatchLease
from workers.sweep import Sweep
from workers.thumbnails.granting import granting_for
from workers.trial import try_worker
from workers.turn import Turn
from workers.ways_out import (
    askers_for,
    confirmed_first,
    downloader_for,
    links_for,
    places_of_images,
    signatures_for,
    turn_for,
)

log = logging.getLogger(__name__)

# How long each part may take to end; Celery has waited for the jobs before.
STOP_S = 5.0


class Resources:
    """Everything that a worker process works with, opened once and closed once."""

    def __init__(self, settings: WorkerSettings, folder: Path) -> None:
        store, queue, work, sweep = settings.store, settings.queue, settings.work, settings.sweep
        self.stopping = threading.Event()
        self.folder = folder
        self.bucket: Bucket = open_bucket(
            name=store.s3_bucket,
            prefix=store.s3_prefix,
            endpoint=store.s3_endpoint,
            options=store.store_options,
            connect_s=store.s3_connect_s,
            read_s=store.s3_read_s,
            connections=with_lane(work.worker_threads) * 3 + 13,
        )
        deployment = store.deployment
        seals = Seals(settings.keys.keys, deployment.name)
        self.doorbell = Doorbell(
            queue.url.reveal(), deployment, seals, now=self.bucket.now, expires_s=queue.lease_s
        )
        self.meters = Meters("worker", hosts=places_of_images(settings.downloads))
        self.bucket.requests.told = self.meters.count_request
        self.catalogue = CatalogueJournal(
            self.bucket,
            meters=self.meters,
            grace_s=sweep.inbox_grace_s,
            lease_s=queue.lease_s,
            prompts=settings.catalogue.catalogue_prompts,
        )
        self.decoders = MeasuredDecoders(
            work.decoders or os.cpu_count() or 1,
            deadline_s=work.decode_s,
            memory_bytes=work.decode_max_bytes,
            limits=DecodeLimits(animated=work.animated == "keep"),
            meters=self.meters,
        )
        self.breaker = Breaker()
        self.executor = ThreadPoolExecutor(work.worker_threads * 2, thread_name_prefix="fetch")
        self.hurried = ThreadPoolExecutor(work.worker_threads, thread_name_prefix="hurried")
        self.askers = askers_for(settings, Aside(self.bucket, folder))
        keep, orders = Keep(self.bucket), OrderBook(self.bucket)
        left_alone, close = LeftAlone(), CloseTask(self.bucket, keep)
        batch = BatchLease(timedelta(seconds=sweep.inbox_grace_s))
        fetcher, runs = self._fetcher(settings.downloads, settings.egress), Runs(self.meters)
        links = links_for(self.askers, settings.asking, settings.signatures, self.bucket)

        def turn(work: Work, deadline: float) -> Turn:
            hosts = tuple(settings.downloads.source_hosts)
            return turn_for(work, deadline, hosts, settings.asking.link_life_h)

        self.settle = Settle(
            self.bucket,
            keep,
            self.catalogue,
            self.doorbell,
            lease_s=queue.lease_s,
            grace_s=sweep.inbox_grace_s,
            link_life_h=settings.asking.link_life_h,
            ask_first_s=settings.asking.ask_first_s,
            left_alone=left_alone,
            asked=self.askers,
            confirmed=confirmed_first(settings.asking, settings.signatures),
            meters=self.meters,
            signature_of=signatures_for(settings.signatures, settings.asking, settings.egress).word_of,
            in_place=InPlace(
                self.bucket,
                close,
                fetcher,
                self.executor,
                hurried=self.hurried,
                turn_for=turn,
                links=links,
                orders=orders,
                lease=batch,
                runs=runs,
            ),
        )
        leases = Leases(
            self.bucket,
            lease_s=queue.lease_s,
            run_s=queue.run_s,
            retry_most_s=sweep.retry_most_s,
            batch=batch,
        )
        archive = ArchiveTask(
            self.bucket,
            leases,
            close,
            self.catalogue,
            fetcher,
            self.executor,
            hurried=self.hurried,
            turn_for=turn,
            run_s=queue.run_s,
            distances=Distances(sweep.retry_first_s, sweep.retry_most_s),
            links=links,
            orders=orders,
            runs=runs,
        )
        ask = Ask(
            self.bucket,
            self.doorbell,
            leases,
            keep,
            self.catalogue,
            orders,
            self.askers,
            distances=Distances(settings.asking.ask_first_s, settings.asking.ask_most_s),
            link_life_h=settings.asking.link_life_h,
            meters=self.meters,
        )
        self.due = DueWork(
            self.bucket,
            {"archive": archive.archive, "ask": ask.ask},
            bury=close.bury_entry,
            catalogue=self.catalogue,
        )
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=work.worker_threads,
            lease_s=queue.lease_s,
            grace_s=sweep.inbox_grace_s,
            idle_s=sweep.sweep_idle_s,
            busy_s=sweep.sweep_busy_s,
            retry_most_s=sweep.retry_most_s,
            left_alone=left_alone,
        )
        self.roll_up = RollUp(self.bucket, Roller(self.bucket, DayTables(self.folder), self.folder))
        self.stall = Stall(
            self.doorbell.waiting,
            threads=work.worker_threads,
            run_s=queue.run_s,
            stopping=self.stopping,
        )
        self.thumbnails = granting_for(settings, self.bucket, self.folder)
        self.pulse = self._pulse(settings)
        self.jobs = Jobs(
            self.settle.settle,
            self.due.do,
            seals,
            now_unix_ms=lambda: self.bucket.now().timestamp() * 1000,
            done=self.pulse.note_success,
            meters=self.meters,
        )
        self.lane = ShortLane(
            ShortBells(queue.url.reveal(), deployment),
            self.jobs.answer,
            threads=lane_threads(work.worker_threads),
            stopping=self.stopping,
        )
        self._turns = Turns(queue.url.reveal(), deployment)
        self.look = WaitingLook(self.bucket, partial(self._turns.take, "look"))
        tell_of_waiting(self.meters, self.sweep, self.look, self.bucket.now)
        threads = with_lane(work.worker_threads)
        tell_of_work(self.meters, self.pulse, self._in_hand, self.breaker, self.decoders, threads)
        self.meters.complete()
        self.trial = partial(try_worker, self.bucket, self.decoders, self.folder, self.pulse)
        self.prover = Prover(self.pulse, self.trial)

    def _pulse(self, settings: WorkerSettings) -> Pulse:
        ours = fingerprint_of(settings.store, settings.queue, settings.keys)
        first = first_beat("worker", ours, self.bucket.now())
        return Pulse(
            Heartbeats(settings.queue.url.reveal()),
            replace(
                first,
                threads=with_lane(settings.work.worker_threads),
                sweep_idle_s=settings.sweep.sweep_idle_s,
            ),
            now=self.bucket.now,
            busy=self._in_hand,
            swept_at=lambda: self.sweep.swept_at,
        )

    def _fetcher(self, downloads: DownloadSettings, egress: EgressSettings) -> FetchAsset:
        return MeasuredFetch(
            self.bucket,
            downloader_for(downloads, egress, self.meters),
            self.decoders,
            folder=self.folder,
            stopping=self.stopping,
            breaker=self.breaker,
            meters=self.meters,
        )

    def _in_hand(self) -> int:
        """How many jobs are under way."""
        return self.stall.in_hand + self.lane.in_hand

    def start(self) -> None:
        """Begin with what goes on by itself; bells are heard by now."""
        for part in (
            self.lane,
            self.sweep,
            self.roll_up,
            self.stall,
            self.pulse,
            self.prover,
            self.thumbnails,
            self.look,
        ):
            part.start()

    def close(self) -> None:
        """Let go of everything, in order."""
        self.lane.stop(STOP_S)
        self.stall.stop(STOP_S)
        self.thumbnails.stop(STOP_S)
        stop_together(STOP_S, self.look, self.sweep, self.roll_up)
        for executor in (self.executor, self.hurried):
            executor.shutdown(wait=False, cancel_futures=True)
        for asker in self.askers.values():
            asker.close(STOP_S / len(self.askers))
        self.catalogue.close(STOP_S)
        self.decoders.close()
        self.prover.stop(STOP_S)
        self.doorbell.close()
        self._turns.close()
        self.pulse.stop(STOP_S)
        shutil.rmtree(self.folder, ignore_errors=True)
