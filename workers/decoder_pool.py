"""A few caged children that decode, and the verdicts that they give."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

import msgspec
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from workers import cage, decoder
from workers.decoder import Facts, Failed, Limits, Refused, Verdict

MEMORY_BYTES: Final = 1_073_741_824  # 1 GiB: 64 MP of RGBA are 256 MB, and WebP takes several times that
IMAGES_A_CHILD: Final = 1_000  # then a fresh one, against leaks; starting it costs about 0.3 s
CLOSE_S: Final = 10.0  # ending the children takes milliseconds, or they are beyond help
_ROUNDS: Final = 3  # a pool that broke is made anew; one that breaks again and again is not


class DecoderPool:
    """Judges images in child processes; safe for many threads.

    `deadline_s` is the time that one decoding may take, its wait for a free child not counted.
    The children start with the first image, or with `start`.
    """

    def __init__(
        self,
        processes: int,
        *,
        deadline_s: float = 20.0,
        memory_bytes: int = MEMORY_BYTES,
        limits: Limits | None = None,
    ) -> None:
        self._processes = processes
        self._deadline_s = deadline_s
        self._memory_bytes = memory_bytes
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._waiting: set[ProcessFuture[bytes]] = set()
        self._closed = False

    def start(self) -> None:
        """Start the children now."""
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
            future = self._ask(path)
            if future is None:
                continue
            try:
                error = future.exception(timeout=max(deadline - time.monotonic(), 0))
            except CancelledError as cancelled:  # by `close`
                raise TryLater(Reason.STOPPING) from cancelled
            except TimeoutError as late:
                future.cancel()  # type: ignore[no-untyped-call] # its child is ended, if it has begun
                detail = "the run's time was up before the image was decoded"
                raise TryLater(Reason.OUT_OF_TIME, detail) from late
            finally:
                with self._lock:
                    self._waiting.discard(future)
            if not isinstance(error, BrokenProcessPool):  # no fault of this image that we know of
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

    def _told(self, future: ProcessFuture[bytes], error: BaseException | None) -> Facts:
        if isinstance(error, ProcessExpired):
            raise Damaged(Reason.DECODER_DIED, f"the decoder ended with {error.exitcode}") from error
        if isinstance(error, TimeoutError):
            detail = f"the image was not decoded within {self._deadline_s:g} s"
            raise Damaged(Reason.DECODER_TIMEOUT, detail) from error
        try:
            verdict: Verdict = msgspec.json.decode(future.result(0), type=Verdict)
        except msgspec.MsgspecError as unread:
            raise Damaged(Reason.DECODER_DIED, "the decoder's answer cannot be read") from unread
        if isinstance(verdict, Refused):
            raise Damaged(verdict.reason, verdict.detail)
        if isinstance(verdict, Failed):
            raise OSError(f"the decoder could not do its work: {verdict.detail}")
        return verdict

    def _ask(self, path: Path) -> ProcessFuture[bytes] | None:
        """Queue an image; None if the pool broke in this very moment, or no child can be started."""
        arguments = (str(path), self._limits, self._deadline_s)
        with self._lock:
            try:
                future = self._live_pool().schedule(_judge, args=arguments, timeout=self._deadline_s)
            except RuntimeError:  # BrokenProcessPool is one
                return None
            self._waiting.add(future)
            return future

    def _live_pool(self) -> ProcessPool:
        if self._closed:
            raise TryLater(Reason.STOPPING)
        if self._pool is not None and not self._pool.active:
            # pebble gives a pool up when an idle child dies.
            threading.Thread(target=_end, args=(self._pool,), name="end decoders", daemon=True).start()
            self._pool = None
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._processes,
                max_tasks=IMAGES_A_CHILD,
                initializer=_enter,
                initargs=(self._memory_bytes,),
                context=cage.CageContext(),
            )
            _ = self._pool.active  # asking is what starts the children
        return self._pool


def _enter(memory_bytes: int) -> None:
    """What the child runs first; being of this module, it brings the parsers with it."""
    cage.enter(memory_bytes)


def _judge(path: str, limits: Limits, deadline_s: float) -> bytes:
    """What the child runs for one image."""
    cage.allow_cpu(deadline_s)
    return decoder.judge(path, limits)


def _end(pool: ProcessPool) -> None:
    """Stop a pool without waiting for it beyond the bound."""
    pool.stop()  # type: ignore[no-untyped-call]
    ending = threading.Thread(target=pool.join, name="end decoders", daemon=True)
    ending.start()
    ending.join(CLOSE_S)
