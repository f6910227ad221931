"""What botocore reads of its own files is read once a process: parsing them anew is most of what a client costs."""

from __future__ import annotations

import functools
from typing import Any

from botocore.loaders import JSONFileLoader


def read_once() -> None:
    """Keep what is read. Clients of one session share it in any case; here those of all sessions do."""
    read = functools.cache(functools.partial(JSONFileLoader.load_file, JSONFileLoader()))

    def load_file(_self: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file  # type: ignore[assignment] # as the class has no place for a cache
