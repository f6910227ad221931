"""The stylesheet, the script and the icon: read once, compressed once, and kept by browsers for a year under a digest."""

from __future__ import annotations

import gzip
import hashlib
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class _Asset(NamedTuple):
    body: bytes
    compressed: bytes
    digest: str
    kind: str


class Assets:
    """What the package holds beside its templates."""

    def __init__(self) -> None:
        self._files: dict[str, _Asset] = {}
        for file in files("console.web").joinpath("static").iterdir():
            kind = _KINDS.get(file.name.rpartition(".")[2])
            if kind:
                body = file.read_bytes()
                digest = hashlib.sha256(body).hexdigest()[:12]
                self._files[file.name] = _Asset(body, gzip.compress(body, 9, mtime=0), digest, kind)

    def address(self, name: str) -> str:
        """Where a page finds it; another file has another address."""
        return f"/static/{name}?{self._files[name].digest}"

    async def get(self, request: Request) -> Response:
        """GET /static/{name}."""
        asset = self._files.get(request.path_params["name"])
        if asset is None:
            return PlainTextResponse("There is no such file.\n", HTTPStatus.NOT_FOUND)
        lasting = request.url.query == asset.digest
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
            "Vary": "Accept-Encoding",
            # A file that is opened by itself runs nothing.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                asset.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.kind
            )
        return Response(asset.body, headers=headers, media_type=asset.kind)
