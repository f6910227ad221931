"""Takes the pictures of docs/images: `python -m tests.system.console.screenshots`, or `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.system.console.browser import signed_in, started
from tests.system.stack import ROOT, Stack, running, until

IMAGES = ROOT / "docs" / "images"
# Thumbnails are made at the first look at them.
PICTURES_THERE = """() => [...document.images].filter(image => image.getBoundingClientRect().top < innerHeight)
    .every(image => image.complete && image.naturalWidth)"""
# A page of coloured noise as PNG has a megabyte.
QUALITY = 60
SIZES = (
    "1024x1024",
    "1024x1536",
    "1536x1024",
    "16:9",
    "9:16",
    "3:2",
    "2:3",
    "21:9",
    "4:3",
    "1:1",
    "3:4",
    "16:9",
)
LABELS = ("shop/summer", "shop/autumn", "press/cover")


def filled(stack: Stack) -> dict[str, str]:
    """Tasks of every ending; the ids of one of ten images and of one that was lost."""
    for place, size in enumerate(SIZES):
        url = stack.callback_url("evolink", "--label", LABELS[place % len(LABELS)])
        stack.order({"model": "gpt-image-2", "size": size}, callback_url=url)
    url = stack.callback_url("evolink", "--label", LABELS[0])
    kept = stack.order({"model": "gpt-image-1.5", "n": 10, "size": "1024x1024"}, callback_url=url)
    lost = [
        stack.order({"model": "gpt-image-2", "simulate": {"link": 404}}, callback_url=url) for _ in range(3)
    ]
    stack.order(
        {"model": "gpt-image-2", "simulate": {"status": "failed", "error_code": "content_policy_violation"}}
    )
    until("the images", lambda: stack.manifest(kept), 120)
    until("the dead links to be given up", lambda: all(stack.letter(each) for each in lost), 180)
    return {"kept": kept, "lost": lost[0]}


def main() -> int:
    """Write all of them anew."""
    IMAGES.mkdir(exist_ok=True)
    waits = {"RETRY_FIRST_S": "2", "SWEEP_IDLE_S": "2", "SWEEP_BUSY_S": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), "--link-life-s", "20", environment=waits, console=True) as stack,
        started() as browser,
    ):
        ids = filled(stack)
        pages = {
            "gallery": "/", "picture": f"/pictures/evolink/{ids['kept']}/0", "task": f"/tasks/evolink/{ids['lost']}",
            "failures": "/failures", "now": "/now", "urls": "/urls", "replays": "/replays", "settings": "/settings",
        }  # fmt: skip
        for name, path in pages.items():
            for scheme in ("light", "dark") if name == "gallery" else ("light",):
                with signed_in(
                    browser,
                    stack,
                    color_scheme=scheme,
                    viewport={"width": 1280, "height": 800},
                    reduced_motion="reduce",
                ) as page:
                    page.goto(f"{stack.line['console']}{path}", wait_until="networkidle")
                    page.wait_for_function(PICTURES_THERE)
                    file = IMAGES / f"{name}{'-dark' if scheme == 'dark' else ''}.jpg"
                    page.screenshot(path=file, type="jpeg", quality=QUALITY)
                    sys.stdout.write(f"{file.relative_to(ROOT)} {file.stat().st_size // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
