"""The thread that tries, now and then, what a process must be able to do, and notes how it went."""

from __future__ import annotations

import hashlib
import logging
import socket
import time
from collections.abc import Callable

from archive import layout
from archive.errors import FixativeError
from archive.store.bucket import Bucket
from runtime.guarded import Guarded
from runtime.heartbeat import DETAIL_MAX_CHARACTERS, Proof
from runtime.pulse import Pulse

log = logging.getLogger(__name__)

# One small write and one small decoding in five minutes cost nothing, and trouble shows within them.
PROVE_EVERY_S = 300.0
# Hosts come and go; what they write to prove themselves stays this few objects.
PLACES = 16


class Prover:
    """Runs a trial at its start and every five minutes. A trial raises what is wrong.

    The trials have bounds of their own; one that hangs all the same holds up nobody but this thread, and its
    proof grows old.
    """

    def __init__(self, pulse: Pulse, trial: Callable[[], object], *, every_s: float = PROVE_EVERY_S) -> None:
        self._pulse, self._trial, self._every_s = pulse, trial, every_s
        self._thread = Guarded("prover", self._step)

    def start(self) -> None:
        """Begin to prove."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after the trial that is under way, within the time given."""
        self._thread.stop(timeout_s)

    def prove(self) -> Proof:
        """One trial, noted in the heartbeat."""
        at, began = self._pulse.now(), time.monotonic()
        try:
            self._trial()
        except FixativeError as error:
            trouble = str(error)
        except Exception as error:
            # Whatever it stumbles over is what there is to tell; it must not end the thread.
            log.exception("proof failed")
            trouble = f"a fault of ours, {type(error).__name__}: {error}"
        else:
            trouble = ""
        took_ms = round((time.monotonic() - began) * 1000)
        proof = Proof(at=at, took_ms=took_ms, trouble=trouble[:DETAIL_MAX_CHARACTERS])
        self._pulse.note_proof(proof)
        if trouble:
            log.warning("proof failed: %s", proof.trouble)
        return proof

    def _step(self) -> float:
        self.prove()
        return self._every_s


def write_heartbeat(bucket: Bucket, pulse: Pulse) -> str:
    """The part of a trial that writes: the heartbeat, where the bucket shows who works on it; its key.

    Raises:
        BucketUnavailable: if it was not written.
    """
    heartbeat = pulse.current()
    key = layout.probe_key(f"{heartbeat.role}-{place_of(socket.gethostname()):02d}")
    bucket.put(key, heartbeat.to_json())
    return key


def place_of(host: str) -> int:
    """Under which of the few places a host proves itself."""
    return hashlib.sha256(host.encode()).digest()[0] % PLACES
