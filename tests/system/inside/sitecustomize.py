"""Only in tests: Python runs this at the start of each child that has this folder on its PYTHONPATH.

It teaches the process's resolver the names that NAMES_OF_THE_TEST tells, so that a test needs none of the world's.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

_NAMES: dict[str, str] = json.loads(os.environ.get("NAMES_OF_THE_TEST", "{}"))
_others = socket.getaddrinfo


def _resolved(host: Any, *arguments: Any, **more: Any) -> Any:
    return _others(_NAMES.get(host, host), *arguments, **more)


if _NAMES:
    socket.getaddrinfo = _resolved
