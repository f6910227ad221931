"""Scrapy's media pipelines with a store on S3: `python scrapy_store.py JOB.json filespipeline|imagespipeline`.

The settings are Scrapy's own, but for the place, as many requests at the same time as our worker has threads, and
as little log as it can have. Each task is an item, which a spider yields at its start.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy  # type: ignore[import-not-found]
from scrapy.crawler import CrawlerProcess  # type: ignore[import-not-found]

# The engine cannot stop while it is still handing out the last item.
_A_BREATH_S = 0.1
_PIPELINES = {
    "filespipeline": ("scrapy.pipelines.files.FilesPipeline", "FILES_STORE", "file_urls"),
    "imagespipeline": ("scrapy.pipelines.images.ImagesPipeline", "IMAGES_STORE", "image_urls"),
}


def main(job: dict[str, Any], which: str) -> None:
    """Do the job by one of the two pipelines."""
    pipeline, store, field = _PIPELINES[which]

    class Tasks(scrapy.Spider):  # type: ignore[misc]
        name = "tasks"

        async def start(self) -> AsyncIterator[dict[str, Any]]:
            for urls in job["tasks"]:
                yield {field: urls}

    process = CrawlerProcess(
        {
            "ITEM_PIPELINES": {pipeline: 1},
            store: f"s3://{job['bucket']}/{job['prefix']}",
            "AWS_ENDPOINT_URL": job["endpoint"],
            "AWS_ACCESS_KEY_ID": job["access_key"],
            "AWS_SECRET_ACCESS_KEY": job["secret_key"],
            "AWS_REGION_NAME": "us-east-1",
            "AWS_MAX_POOL_CONNECTIONS": job["threads"],
            "CONCURRENT_REQUESTS": job["threads"],
            "CONCURRENT_REQUESTS_PER_DOMAIN": job["threads"],
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    crawler = process.create_crawler(Tasks)
    ended_s: list[float] = []

    def stored() -> None:
        """Note the time; after the last item, stop, since Scrapy looks for its end every five seconds only."""
        ended_s.append(time.monotonic())
        if len(ended_s) == len(job["tasks"]):
            asyncio.get_running_loop().call_later(_A_BREATH_S, crawler.stop)

    crawler.signals.connect(stored, scrapy.signals.item_scraped)
    process.crawl(crawler)
    process.start()
    (Path(job["folder"]) / "ended").write_text(str(ended_s[-1]), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
