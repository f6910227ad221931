"""A few caged children that decode, and the verdicts that they give."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final

import msgspec
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from archive.record import decoder_of
from workers import cage, decoder
from workers.decoder import Facts, Failed, Limits, Refused, Verdict
from workers.handover import Lent

log = logging.getLogger(__name__)

MEMORY_BYTES: Final = 1_073_741_824  # 1 GiB: 64 MP of RGBA are 256 MB, and WebP takes several times that
IMAGES_A_CHILD: Final = 1_000  # then a fresh one, against leaks; starting it costs about 0.3 s
CLOSE_S: Final = 10.0  # ending the children takes milliseconds, or they are beyond help
# A child ends itself at its deadline. One that was taken over and does not is ended from outside so much
# later; and so much later still, a pool that says nothing at all (a child was killed with pebble's lock) is
# made anew. Ending a child takes pebble up to 3 s.
GRACE_S: Final = 10.0
_ROUNDS: Final = 3  # a pool that broke is made anew; one that breaks again and again is not
_OUT_OF_TIME: Final = frozenset({-signal.SIGALRM, -signal.SIGXCPU})  # how the kernel ends a child in time


class _Pool(ProcessPool):
    """pebble's pool with the cage that its children live in."""

    def __init__(
        self, *, max_workers: int, max_tasks: int, initializer: Any, initargs: tuple[Any, ...]
    ) -> None:
        self.cage = cage.CageContext()
        super().__init__(max_workers, max_tasks, initializer, initargs, self.cage)


class DecoderPool:
    """Judges images in child processes; safe for many threads.

    The children can open no file; each image is handed to them open. `deadline_s` is the time that one decoding
    may take, its wait for a free child not counted.
    The children start with the first image, or with `start`.
    """

    def __init__(
        self,
        processes: int,
        *,
        deadline_s: float = 20.0,
        memory_bytes: int = MEMORY_BYTES,
        limits: Limits | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self._processes = processes
        self._deadline_s = deadline_s
        self._killed_s = deadline_s + grace_s
        self._silent_s = self._killed_s + grace_s
        self._memory_bytes = memory_bytes
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._pool: _Pool | None = None
        self._waiting: set[ProcessFuture[bytes]] = set()
        self._heard_at = time.monotonic()  # when a verdict came last, or the first image after a rest
        self._closed = False

    def start(self) -> None:
        """Start the children now."""
        log.info("decoders: %d, %s", self._processes, cage.walls())
        with self._lock:
            self._live_pool()

    def examine(self, path: Path, deadline: float) -> Facts:
        """Say what a file is. `deadline` (`time.monotonic()`) bounds the whole wait.

        Raises:
            Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS, UNDECODABLE, DECODER_DIED or DECODER_TIMEOUT.
            TryLater: OUT_OF_TIME if the deadline came before the verdict; STOPPING if the pool was closed.
            OSError: if the file cannot be read.
        """
        for _ in range(_ROUNDS):
            asked_at = time.monotonic()
            with contextlib.closing(Lent(path)) as image:
                future = self._ask(image)
                if future is None:
                    continue
                try:
                    error = self._heard(future, deadline)
                except CancelledError as cancelled:  # by `close`, or with a pool that fell silent
                    if self._closed:
                        raise TryLater(Reason.STOPPING) from cancelled
                    continue
                except TimeoutError as late:
                    future.cancel()  # type: ignore[no-untyped-call] # its child is ended, if it has begun
                    detail = "the run's time was up before the image was decoded"
                    raise TryLater(Reason.OUT_OF_TIME, detail) from late
                finally:
                    with self._lock:
                        self._waiting.discard(future)
            if isinstance(error, BrokenProcessPool):  # no fault of this image that we know of
                continue
            if isinstance(error, TimeoutError) and time.monotonic() - asked_at < self._deadline_s:
                continue  # pebble reads the host's clock, which was set forward
            return self._told(future, error)
        raise TryLater(Reason.OUT_OF_TIME, "the decoders died again and again")

    def close(self) -> None:
        """End the children, within ten seconds; who waits for a verdict gets STOPPING."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            waiting = list(self._waiting)
        for future in waiting:
            future.cancel()  # type: ignore[no-untyped-call]
        if pool is not None:
            _end(pool)

    def _heard(self, future: ProcessFuture[bytes], deadline: float) -> BaseException | None:
        """Wait for a verdict; what went wrong instead, if anything. Raises TimeoutError at the deadline."""
        while True:
            until = min(deadline, self._heard_at + self._silent_s)
            try:
                error = future.exception(timeout=max(until - time.monotonic(), 0))
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise
                self._leave_if_silent()
            else:
                self._heard_at = time.monotonic()
                return error

    def _leave_if_silent(self) -> None:
        """Give up a pool whose every child had to have answered or died by now."""
        with self._lock:
            if time.monotonic() - self._heard_at < self._silent_s or self._pool is None:
                return
            pool, self._pool = self._pool, None
            self._heard_at = time.monotonic()
            waiting = list(self._waiting)
        log.warning("the decoders said nothing for %g s; starting others", self._silent_s)
        for future in waiting:
            future.cancel()  # type: ignore[no-untyped-call]
        threading.Thread(target=_end, args=(pool,), name="end decoders", daemon=True).start()

    def _told(self, future: ProcessFuture[bytes], error: BaseException | None) -> Facts:
        if isinstance(error, TimeoutError) or (
            isinstance(error, ProcessExpired) and error.exitcode in _OUT_OF_TIME
        ):
            detail = f"the image was not decoded within {self._deadline_s:g} s"
            raise Damaged(Reason.DECODER_TIMEOUT, detail) from error
        if isinstance(error, ProcessExpired):
            raise Damaged(Reason.DECODER_DIED, f"the decoder ended with {error.exitcode}") from error
        try:
            verdict: Verdict = decoder_of(Verdict).decode(future.result(0))
        except msgspec.MsgspecError as unread:
            raise Damaged(Reason.DECODER_DIED, "the decoder's answer cannot be read") from unread
        if isinstance(verdict, Refused):
            raise Damaged(verdict.reason, verdict.detail)
        if isinstance(verdict, Failed):
            raise OSError(f"the decoder could not do its work: {verdict.detail}")
        return verdict

    def _ask(self, image: Lent) -> ProcessFuture[bytes] | None:
        """Queue an image; None if the pool broke in this very moment, or no child can be started."""
        arguments = (image, self._limits, self._deadline_s)
        with self._lock:
            try:
                future = self._live_pool().schedule(_judge, args=arguments, timeout=self._killed_s)
            except RuntimeError:  # BrokenProcessPool is one
                return None
            if not self._waiting:
                self._heard_at = time.monotonic()
            self._waiting.add(future)
            return future

    def _live_pool(self) -> _Pool:
        if self._closed:
            raise TryLater(Reason.STOPPING)
        if self._pool is not None and not self._pool.active:
            # pebble gives a pool up when an idle child dies.
            threading.Thread(target=_end, args=(self._pool,), name="end decoders", daemon=True).start()
            self._pool = None
        if self._pool is None:
            self._pool = _Pool(
                max_workers=self._processes,
                max_tasks=IMAGES_A_CHILD,
                initializer=_enter,
                initargs=(self._memory_bytes,),
            )
            _ = self._pool.active  # asking is what starts the children
        return self._pool


def _enter(memory_bytes: int) -> None:
    """What the child runs first; being of this module, it brings the parsers with it."""
    decoder.prepare()
    cage.enter(memory_bytes)


def _judge(image: int, limits: Limits, deadline_s: float) -> bytes:
    """What the child runs for one image, of which it has a descriptor."""
    cage.allow(deadline_s)
    try:
        with os.fdopen(image, "rb") as file:
            return decoder.judge(file, limits)
    finally:
        cage.rest()


def _end(pool: _Pool) -> None:
    """Stop a pool without waiting for it beyond the bound; afterwards none of its children lives."""
    pool.stop()  # type: ignore[no-untyped-call]
    ending = threading.Thread(target=pool.join, name="end decoders", daemon=True)
    ending.start()
    ending.join(CLOSE_S)
    pool.cage.end()
