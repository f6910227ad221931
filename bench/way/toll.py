"""What the witness costs: the same PUT of an image to S3 itself and through the witness, in turn."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from archive.store.bucket import Bucket
from bench.ground import Ground
from bench.rounds import percentile
from infra.local.parts.bucket import client
from infra.local.parts.s3 import S3, Credentials

_PUTS = 20


def toll_ms(ground: Ground, witness_port: int, image: Path) -> float:
    """The difference of the medians, ms; none where the witness was the quicker."""
    credentials = Credentials(ground.s3.access_key, ground.s3.secret_key)
    behind = replace(ground, s3=S3(ground.s3.process, witness_port, credentials))
    with contextlib.ExitStack() as stack:
        buckets = [
            Bucket(stack.enter_context(contextlib.closing(client(each.s3.address))), each.s3.bucket, "")
            for each in (ground, behind)
        ]
        took_ms: list[list[float]] = [[], []]
        for number in range(_PUTS):
            for bucket, told in zip(buckets, took_ms, strict=True):
                began_s = time.perf_counter()
                bucket.put("bench/toll.png", image)
                # The first of each opens its connection.
                if number:
                    told.append((time.perf_counter() - began_s) * 1000)
        buckets[0].delete("bench/toll.png")
    direct, witnessed = (percentile(told, 50) for told in took_ms)
    return max(0.0, witnessed - direct)
