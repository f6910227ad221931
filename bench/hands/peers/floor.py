"""The least that anybody could do: `python floor.py JOB.json`.

GET, SHA-256, look at the image (PNG: inflate all of it; JPEG, WebP: decode), PUT the same bytes with the
digest that is known already. Connections are kept alive, nothing is written down, nothing is tried again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from isal import isal_zlib
from PIL import Image

_GET_S = 30.0


def main(job: dict[str, Any]) -> None:
    """Do the job, in as many threads as it says; one thread is this very one."""
    client = boto3.client(
        "s3",
        endpoint_url=job["endpoint"],
        aws_access_key_id=job["access_key"],
        aws_secret_access_key=job["secret_key"],
        region_name="us-east-1",
        config=Config(max_pool_connections=job["threads"], s3={"addressing_style": "path"}),
    )
    pool = urllib3.PoolManager(maxsize=job["threads"], retries=False, timeout=_GET_S)

    def keep(place: int, url: str) -> None:
        answer = pool.request("GET", url)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own
            raise RuntimeError(f"{url}: {answer.status}")
        data = answer.data
        digest = hashlib.sha256(data).digest()
        look_at(data)
        client.put_object(
            Bucket=job["bucket"],
            Key=f"{job['prefix']}{place:06d}",
            Body=data,
            ChecksumSHA256=base64.b64encode(digest).decode(),
        )

    urls = [url for task in job["tasks"] for url in task]
    if job["threads"] == 1:
        for place, url in enumerate(urls):
            keep(place, url)
    else:
        with ThreadPoolExecutor(job["threads"]) as threads:
            list(threads.map(keep, range(len(urls)), urls))
    (Path(job["folder"]) / "ended").write_text(str(time.monotonic()), encoding="utf-8")


def look_at(data: bytes) -> None:
    """Inflate a PNG, decode anything else."""
    if not data.startswith(b"\x89PNG"):
        Image.open(io.BytesIO(data)).load()
        return
    inflating, at = isal_zlib.decompressobj(), 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            inflating.decompress(data[at + 8 : at + 8 + length])
        at += 12 + length
    if not inflating.eof:
        raise RuntimeError("the image data has no end")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
