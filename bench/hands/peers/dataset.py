"""img2dataset with its output on S3: `python dataset.py JOB.json`.

Nothing is resized, and what has the right format already is decoded and kept as it came (`skip_reencode`):
the nearest that it has to keeping originals that are known to be sound. One file an image, as all others do.
One process, with as many threads as our worker has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(job: dict[str, Any]) -> None:
    """Do the job. The extension of its links says which format is the right one."""
    # fsspec reads these at import, here and in the processes that img2dataset starts.
    os.environ |= {
        "FSSPEC_S3_ENDPOINT_URL": job["endpoint"],
        "FSSPEC_S3_KEY": job["access_key"],
        "FSSPEC_S3_SECRET": job["secret_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    from img2dataset import download  # type: ignore[import-not-found]  # noqa: PLC0415 - as said

    urls = [url for task in job["tasks"] for url in task]
    links = Path(job["folder"]) / "links.txt"
    links.write_text("\n".join(urls) + "\n", encoding="utf-8")
    encode_format = urls[-1].rpartition(".")[2]
    download(
        url_list=str(links),
        output_folder=f"s3://{job['bucket']}/{job['prefix'].rstrip('/')}",
        output_format="files",
        input_format="txt",
        resize_mode="no",
        skip_reencode=True,
        encode_format=encode_format,
        encode_quality=1 if encode_format == "png" else 90,
        processes_count=1,
        thread_count=job["threads"],
        timeout=30,
        max_shard_retry=0,
    )
    (Path(job["folder"]) / "ended").write_text(str(time.monotonic()), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
