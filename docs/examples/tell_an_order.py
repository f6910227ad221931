"""Tell Fixative what was ordered; nothing but the standard library.

FIXATIVE_URL=https://fixative.example.com API_TOKEN=... \
    python tell_an_order.py evolink task-unified-1757156493-imcg5zqt < request.json
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request


def tell_order(provider: str, task_id: str, request: dict[str, object]) -> str:
    """Tell one order; the id under which it is accepted. Raises urllib.error.URLError."""
    url, token = (os.environ[name].strip() for name in ("FIXATIVE_URL", "API_TOKEN"))
    told = json.dumps({"provider": provider, "task_id": task_id, "request": request})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    orders = urllib.request.Request(f"{url}/orders", told.encode(), headers)  # noqa: S310
    with urllib.request.urlopen(orders, timeout=10) as answer:  # noqa: S310 - the address is your own
        accepted: str = json.load(answer)["accepted"]
    return accepted


if __name__ == "__main__":
    sys.stdout.write(tell_order(sys.argv[1], sys.argv[2], json.load(sys.stdin)) + "\n")
