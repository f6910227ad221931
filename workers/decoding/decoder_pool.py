"""A few caged children that decode, and the verdicts that they give."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from archive.records.record import decoder_of
from workers.decoding import cage
from workers.decoding.child import Child, ChildEnded, NotStarted
from workers.decoding.decoder_child import Terms
from workers.decoding.decoder_queue import Closed, DecoderQueue
from workers.decoding.verdict import DamagedVerdict, DecodeLimits, Facts, Failed, Verdict

log = logging.getLogger(__name__)

MEMORY_BYTES: Final = 1_073_741_824  # 1 GiB: 64 MP of RGBA are 256 MB, and WebP takes several times that
IMAGES_A_CHILD: Final = 1_000  # then a fresh one, against leaks; starting it costs about 0.2 s
# A child ends itself at its deadline; one that was taken over, or stopped, is ended so much later from outside.
GRACE_S: Final = 10.0
# What ends a child may have come from outside: only an image that ends so many is to blame.
DEATHS: Final = 3
_STARTS: Final = 3  # a child that cannot be started is tried again so often before the image is put off
_START_PAUSE_S: Final = 0.5
OUT_OF_TIME: Final = frozenset({-signal.SIGALRM, -signal.SIGXCPU})  # how the kernel ends a child in time


class DecoderPool:
    """Judges images in child processes; safe for many threads.

    The children can open no file; each image is handed to them open. `deadline_s` is the time that one decoding
    may take, its wait for a free child not counted.
    The children start with the first image, or with `start`. A child that died is replaced; what became of it
    is no word about any image but the one that it had in hand.
    """

    def __init__(
        self,
        processes: int,
        *,
        deadline_s: float = 20.0,
        memory_bytes: int = MEMORY_BYTES,
        limits: DecodeLimits | None = None,
        grace_s: float = GRACE_S,
        module: str = "workers.decoding.decoder_child",
    ) -> None:
        self.processes, self._memory_bytes, self._module = processes, memory_bytes, module
        self.deaths = 0  # of children that had an image in hand
        self._deadline_s, self._answer_s = deadline_s, deadline_s + grace_s
        self._terms = Terms(limits=limits or DecodeLimits(), deadline_s=deadline_s).to_json()
        self._queue = DecoderQueue(processes)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closing = threading.Event()

    def start(self) -> None:
        """Start the children now; what does not start is tried again with the first image."""
        log.info("decoders: %d, %s", self.processes, cage.walls())
        with self._lock:
            while len(self._idle) + len(self._busy) < self.processes and not self._closing.is_set():
                try:
                    self._idle.append(Child(self._module, self._memory_bytes))
                except NotStarted as error:
                    log.warning("%s", error)
                    return

    def examine(self, path: Path, deadline: float, task: str | None = None, *, first: bool = False) -> Facts:
        """Say what a file is. `deadline` (`time.monotonic()`) bounds the whole wait.

        The images of one `task` leave a decoder to those of others. `first`: before those that wait.

        Raises:
            Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS, ANIMATED, UNDECODABLE, DECODER_DIED or DECODER_TIMEOUT.
            TryLater: OUT_OF_TIME if the deadline came before the verdict; STOPPING if the pool was closed;
                DECODER_TROUBLE if there is no child to be had, or it cannot do its work.
            OSError: if the file cannot be opened.
        """
        try:
            with self._queue.place(task, deadline, first=first):
                verdict = self._verdict(path, deadline)
        except Closed as closed:
            raise TryLater(Reason.STOPPING) from closed
        except TimeoutError as late:
            raise TryLater(Reason.OUT_OF_TIME, "the run's time was up before the image was decoded") from late
        if isinstance(verdict, DamagedVerdict):
            raise Damaged(verdict.reason, verdict.detail)
        if isinstance(verdict, Failed):
            raise TryLater(Reason.DECODER_TROUBLE, f"the decoder could not do its work: {verdict.detail}")
        return verdict

    @property
    def waiting(self) -> int:
        """How many images wait for a child."""
        return self._queue.waiting

    @property
    def busy(self) -> int:
        """How many children have an image in hand."""
        return len(self._busy)

    def pids(self) -> list[int]:
        """Of the children that live."""
        with self._lock:
            return [child.pid for child in (*self._idle, *self._busy) if child.lives()]

    def close(self) -> None:
        """End the children; who waits for a verdict gets STOPPING."""
        self._queue.close()
        with self._lock:
            self._closing.set()
            idle, self._idle = self._idle, []
            for child in self._busy:
                child.kill()
        for child in idle:
            child.end()

    def _verdict(self, path: Path, deadline: float) -> Verdict:
        """What a child says of this file; a fresh one is asked where one dies.

        Raises Damaged, Closed, TryLater DECODER_TROUBLE, OSError, and TimeoutError at the deadline.
        """
        deaths = starts = 0
        while True:
            try:
                # Opened anew each time: who has read of an open file has moved its place for all.
                with path.open("rb", buffering=0) as image, self._child() as child:
                    answer = child.ask(self._terms, image.fileno(), answer_s=self._answer_s, until=deadline)
                    verdict: Verdict = decoder_of(Verdict).decode(answer)
                    return verdict
            except NotStarted as error:
                starts += 1
                log.warning("%s", error)
                if self._closing.wait(_START_PAUSE_S):
                    raise Closed from error
                if starts == _STARTS:
                    raise TryLater(Reason.DECODER_TROUBLE, str(error)) from error
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise
                raise self._too_slow() from None
            except ChildEnded as ended:
                if ended.exit_code in OUT_OF_TIME:
                    raise self._too_slow() from ended
                deaths = self._one_more(deaths, str(ended))
            except msgspec.MsgspecError:  # perhaps taken over, by this image or by one before
                deaths = self._one_more(deaths, "the decoder's answer cannot be read")

    def _one_more(self, deaths: int, death: str) -> int:
        if self._closing.is_set():
            raise Closed
        with self._lock:
            self.deaths += 1
        if deaths + 1 == DEATHS:
            raise Damaged(Reason.DECODER_DIED, f"{death}, the last of {DEATHS}")
        log.warning("%s; its image is given to another", death)
        return deaths + 1

    def _too_slow(self) -> Damaged:
        return Damaged(Reason.DECODER_TIMEOUT, f"the image was not decoded within {self._deadline_s:g} s")

    @contextmanager
    def _child(self) -> Iterator[Child]:
        """A child of one's own for this block; it goes on living only if nothing went wrong in it."""
        child = self._taken()
        try:
            yield child
        except BaseException:
            self._let_go(child)
            raise
        if child.images >= IMAGES_A_CHILD:
            self._let_go(child)
            return
        with self._lock:
            self._busy.discard(child)
            if not self._closing.is_set():
                self._idle.append(child)
                return
        child.end()

    def _taken(self) -> Child:
        """An idle child, or a new one. Raises NotStarted, Closed."""
        useless: list[Child] = []
        try:
            with self._lock:
                if self._closing.is_set():
                    raise Closed
                while self._idle:
                    child = self._idle.pop()
                    if child.usable():
                        break
                    useless.append(child)
                else:
                    child = Child(self._module, self._memory_bytes)
                self._busy.add(child)
                return child
        finally:
            for child in useless:
                log.warning("the decoder %d ended while it had nothing to do", child.pid)
                child.end()

    def _let_go(self, child: Child) -> None:
        child.end()
        with self._lock:
            self._busy.discard(child)
