"""/livez and /readyz: whether the process lives, and whether it would take a callback.

Ready while S3 or the spool accepts. Redis does not count: without it nothing is lost.
"""

from __future__ import annotations

import threading
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archive import layout
from archive.errors import BucketUnavailable
from archive.store.bucket import Bucket
from receiver.spool import Spool

# A probe writes an object; asked more often than this, the last answer holds.
PROBE_EVERY_S = 5.0


class Health:
    """The endpoints. A probe is a real write to the bucket."""

    def __init__(self, bucket: Bucket, spool: Spool | None) -> None:
        self._bucket, self._spool = bucket, spool
        self._lock = threading.Lock()
        self._probed_at = -PROBE_EVERY_S
        self._s3 = False

    async def livez(self, _request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"live": True})

    def readyz(self, _request: Request) -> Response:
        """200 while S3 or the spool accepts, else 503. Starlette runs it in a thread, since it may wait."""
        s3 = self._s3_accepts()
        spool = self._spool is not None and self._spool.accepts()
        return JSONResponse({"ready": s3 or spool, "s3": s3, "spool": spool}, 200 if s3 or spool else 503)

    def _s3_accepts(self) -> bool:
        with self._lock:
            if time.monotonic() - self._probed_at >= PROBE_EVERY_S:
                try:
                    self._bucket.put(layout.probe_key("receiver"), b"{}")
                    self._s3 = True
                except BucketUnavailable:
                    self._s3 = False
                self._probed_at = time.monotonic()
            return self._s3
