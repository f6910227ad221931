"""Another console beside that of a stack, with settings of its own, and a person who goes there with their session."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page
from urllib3.exceptions import HTTPError

from tests.system.stack import ROOT, Stack, until


@contextlib.contextmanager
def another(stack: Stack, folder: Path, **settings: str) -> Iterator[str]:
    """The address of a console of the same deployment, while the context lasts; its log is in this folder."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {
        **os.environ, **stack.line["env"], "INDEX_FOLDER": str(folder / "index"), "CONSOLE_PORT": str(port), **settings,
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with (folder / "console.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "console"], cwd=ROOT, env=environment, stderr=log)
        try:
            until("another console", lambda: _answers(stack, address))
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) in {0, -signal.SIGTERM}


def go_along(page: Page, address: str) -> dict[str, str]:
    """Take the session of a page to another console, whose cookie has another name; the header that holds it."""
    port = urlsplit(address).port
    word = next(each["value"] for each in page.context.cookies() if each["name"].startswith("fixative-"))
    page.context.add_cookies([{"name": f"fixative-{port}", "value": word, "url": address}])
    return {"Cookie": f"fixative-{port}={word}"}


def _answers(stack: Stack, address: str) -> bool:
    try:
        return stack.http.request("GET", f"{address}/livez").status == 200
    except HTTPError:
        return False
