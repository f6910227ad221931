"""What a worker must be able to do, tried in small: decode an image, write to the bucket."""

from __future__ import annotations

import base64
import time
from pathlib import Path

from archive.bucket import Bucket
from archive.prover import write_heartbeat
from archive.pulse import Pulse
from workers.decoder_pool import DecoderPool

# A PNG of one white pixel.
TINY_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
# Children that start anew, on a busy machine, behind other people's images.
DECODED_WITHIN_S = 60.0


def try_worker(bucket: Bucket, decoders: DecoderPool, folder: Path, pulse: Pulse) -> None:
    """Decode a tiny image, then write the heartbeat to the bucket.

    Raises:
        Damaged: what is wrong with the decoders, since the image is sound.
        TryLater: OUT_OF_TIME or BUCKET_UNAVAILABLE.
        OSError: if there is no room for the image.
    """
    path = folder / "trial.png"
    path.write_bytes(TINY_PNG)
    decoders.examine(path, time.monotonic() + DECODED_WITHIN_S)
    write_heartbeat(bucket, pulse)
