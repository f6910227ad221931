"""A browser as people use it: Debian's Chromium, driven by Playwright, signed in by a link of the stack's."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Download, Page, sync_playwright

from tests.system.stack import Stack

# A page that is looked at by what waits for a condition; a busy machine takes its time.
PATIENCE_MS = 60_000.0
# Else each page has one for every place that it goes to, and a spare one: 65 in place of 33.
_FEW_PROCESSES = ("--renderer-process-limit=1", "--process-per-site")


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    """A browser; as root it has no sandbox of its own."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: make packages"
    with sync_playwright() as playwright:
        arguments = [*_FEW_PROCESSES, *(["--no-sandbox"] if os.getuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def signed_in(browser: Browser, stack: Stack, **options: Any) -> Iterator[Page]:
    """A page of the console, signed in as the owner of this machine; what its script or its policy complains of fails."""
    complaints: list[str] = []
    with contextlib.closing(browser.new_context(**options)) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        page.goto(link_of(stack))
        yield page
    assert not complaints


def link_of(stack: Stack) -> str:
    """A new link that signs in once."""
    return str(json.loads(stack.fixative("open", "--json").stdout)["console"])


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page; the context must bypass the policy."""
    return [
        f"{page.url}: {each['id']} {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in Axe().run(page).response["violations"]
    ]


def mistakes(html: str) -> list[str]:
    """What is no HTML in a page, as the standard reads it."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    return [f"{place}: {code} {data}" for place, code, data in parser.errors]


def saved(download: Download) -> bytes:
    """What a download came to."""
    return Path(download.path()).read_bytes()
