"""What stands in a ZIP of the console."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any


def unpacked(body: bytes) -> tuple[set[str], list[Any]]:
    """The SHA-256 of the PNGs of a ZIP, and what is told of each beside it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    images = {hashlib.sha256(each).hexdigest() for name, each in files.items() if name.endswith(".png")}
    return images, [json.loads(each) for name, each in files.items() if name.endswith(".json")]
