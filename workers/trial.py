"""What a worker must be able to do, tried in small: decode an image of each format, write to the bucket, read of it."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Final

from archive.errors import Damaged
from archive.store.bucket import Bucket
from runtime.prover import write_heartbeat
from runtime.pulse import Pulse
from workers.decoding.decoder_pool import DecoderPool

# One white pixel, in each of the formats that are kept.
TINY: Final = {
    "PNG": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
    ),
    "JPEG": base64.b64decode(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////"
        "////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAA"
        "AAD/2gAIAQEAAD8AR//Z"
    ),
    "WEBP": base64.b64decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAD8D+JaQAA3AA/uVqAAA="),
}
# Children that start anew, on a busy machine, behind other people's images.
DECODED_WITHIN_S = 60.0


def try_worker(bucket: Bucket, decoders: DecoderPool, folder: Path, pulse: Pulse) -> None:
    """Decode a tiny image of each format, then write the heartbeat to the bucket and read it again.

    Raises:
        Damaged: what is wrong with the decoders, since the images are sound.
        TryLater: OUT_OF_TIME, DECODER_TROUBLE or BUCKET_UNAVAILABLE.
        Missing: if what was written is not there.
        OSError: if there is no room for an image.
    """
    path = folder / "trial"
    for kind, data in TINY.items():
        path.write_bytes(data)
        try:
            decoders.examine(path, time.monotonic() + DECODED_WITHIN_S)
        except Damaged as error:
            raise Damaged(error.reason, f"a sound {kind} is refused here: {error.detail}") from error
    bucket.get(write_heartbeat(bucket, pulse))
