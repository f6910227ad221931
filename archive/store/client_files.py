"""The files that botocore makes a client from, read by msgspec: half of what a client costs, for each process that starts.

botocore reads them by `json` into ordered dictionaries; a plain one keeps its order, too:
https://github.com/boto/botocore/blob/develop/botocore/loaders.py
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
from botocore.loaders import JSONFileLoader


class ClientFiles(JSONFileLoader):
    """What a session's loader reads its files with."""

    def load_file(self, file_path: str) -> Any:
        """What a file holds, named without its ending; None where none stands."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return msgspec.json.decode(plain.read_bytes())
        if packed.is_file():
            return msgspec.json.decode(gzip.decompress(packed.read_bytes()))
        return None
