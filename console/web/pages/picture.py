"""One picture, large, with all that is known of it, and what one does with it."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from archive.errors import Missing, NotUnderstood
from archive.library.span import duration
from archive.library.task_file import TaskFile
from archive.records.asset import KeptAsset
from archive.records.manifest import Manifest
from archive.records.remarks import seeds_in, unsafe_in
from archive.store.bucket import Bucket
from console.web.forms import Form
from console.web.frame import Frame
from console.web.pages.task_looked_up import task_of
from console.web.routes import posted
from console.web.shown import path_of
from console.web.tiles import original_path, picture_path, thumb_path

# A presigned link lives a week at most.
LIVES = {"1h": "one hour", "1d": "one day", "7d": "one week"}


class Small(NamedTuple):
    """An image of the strip below the large one."""

    number: int
    path: str
    thumb: str


class PicturePage:
    """GET /pictures/{provider}/{task_id}/{index}, POST .../link."""

    def __init__(self, frame: Frame, bucket: Bucket) -> None:
        self._frame, self._bucket = frame, bucket

    def routes(self) -> list[Route]:
        """Where they stand."""
        address = "/pictures/{provider}/{task_id:path}/{index:int}"
        return [
            Route(address, self.page, methods=["GET"]),
            Route(f"{address}/link", posted(self.link, operators=False), methods=["POST"]),
        ]

    def page(self, request: Request) -> Response:
        """The picture."""
        return self._show(request)

    def link(self, request: Request, form: Form) -> Response:
        """A link for others, which lives for so long."""
        life = form.get("life", "")
        if life not in LIVES:
            raise NotUnderstood(f"a link lives for {', '.join(LIVES.values())}")
        _, asset = self._found(request)
        link = self._bucket.link(asset.key, int(duration(life).total_seconds()))
        if request.headers.get("accept") == "text/plain":
            return PlainTextResponse(link)
        return self._show(request, link=link, life=LIVES[life])

    def _show(self, request: Request, link: str = "", life: str = "") -> Response:
        file, asset = self._found(request)
        manifest = file.manifest
        assert manifest is not None
        images = manifest.kept
        place = images.index(asset)
        return self._frame.page(
            request, "picture.html", file=file, manifest=manifest, asset=asset, link=link, life=life, lives=LIVES,
            place=place + 1, count=len(images), task_path=path_of(file.name),
            original=original_path(file.name, _name(asset)), here=picture_path(file.name, asset.index),
            before=picture_path(file.name, images[place - 1].index) if place else "",
            after=picture_path(file.name, images[place + 1].index) if place + 1 < len(images) else "",
            strip=[Small(each.index, picture_path(file.name, each.index), thumb_path(file.name, _name(each), each.sha256))
                   for each in images],
            facts=facts_of(manifest, asset),
            commands={
                "Command": f"fixative get {shlex.quote(file.name)} pictures",
                "curl": f'curl -fo {_name(asset)} "$(fixative link {shlex.quote(file.name)} --image {asset.index})"',
            },
        )  # fmt: skip

    def _found(self, request: Request) -> tuple[TaskFile, KeptAsset]:
        file, index = task_of(self._bucket, request), request.path_params["index"]
        for asset in file.manifest.kept if file.manifest else ():
            if asset.index == index:
                return file, asset
        raise Missing("This task keeps no image of this number.")


def facts_of(manifest: Manifest, asset: KeptAsset) -> dict[str, Any]:
    """What is told of cost, usage, seeds and flags, as the provider told it."""
    remarks, unsafe = manifest.remarks, unsafe_in(manifest.remarks)
    timings = asset.timings
    return {
        "seeds": ", ".join(map(str, seeds_in(remarks))),
        "flag": {True: "flagged as unsafe", False: "not flagged", None: ""}[unsafe],
        "billing": list(_flat(manifest.billing or {})),
        "took": timedelta(milliseconds=timings.download_ms + timings.verify_ms + timings.store_ms),
        "took_parts": f"download {timings.download_ms:,} ms, verify {timings.verify_ms:,} ms, store {timings.store_ms:,} ms",
    }


def _flat(told: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """What a provider told in its own words, a line each."""
    lines: list[tuple[str, str]] = []
    for name, value in told.items():
        words = f"{before} {name}".strip().replace("_", " ")
        if isinstance(value, dict):
            lines += _flat(value, words)
        else:
            lines.append((words, value if isinstance(value, str) else msgspec.json.encode(value).decode()))
    return lines


def _name(asset: KeptAsset) -> str:
    return asset.key.rpartition("/")[2]
