"""What a receiver proves of itself: it writes its heartbeat to the bucket, and may do there what it does."""

from __future__ import annotations

from archive.errors import BucketForbids
from archive.rights import RIGHTS
from archive.store.bucket import Bucket
from archive.store.rights_trial import lacking
from runtime.prover import write_heartbeat
from runtime.pulse import Pulse

# Where it may write; what is written is told by a wrong sum, so nothing stands there afterwards.
PLACE = "receiver-trial"


class Proof:
    """The trial of a receiver's prover. A policy that lets it write its heartbeat and no callback is seen here."""

    def __init__(self, bucket: Bucket, pulse: Pulse) -> None:
        self._bucket, self._pulse, self._may = bucket, pulse, False

    def __call__(self) -> None:
        """Write the heartbeat; until its rights held once, try them. Raises BucketUnavailable."""
        write_heartbeat(self._bucket, self._pulse)
        if self._may:
            return
        wrong = lacking(self._bucket, RIGHTS["receiver"], PLACE)
        if wrong:
            raise BucketForbids(f"it may not {', '.join(wrong)}, which a receiver must: see its policy")
        self._may = True
