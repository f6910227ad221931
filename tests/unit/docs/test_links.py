"""Every relative link of the documents leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.docs.documents import DOCUMENTS, ROOT, headings, name_of, text_of

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FOREIGN = re.compile(r"[a-z]+:")


def _anchor(heading: str) -> str:
    """The anchor that a heading gets when it is shown."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _broken(path: Path) -> list[str]:
    broken = []
    for link in _LINK.findall(text_of(path)):
        if _FOREIGN.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        known = target.is_relative_to(ROOT) and target.exists()
        if not known or (anchor and anchor not in map(_anchor, headings(target))):
            broken.append(link)
    return broken


def test_relative_links_resolve() -> None:
    assert {} == {name_of(path): broken for path in DOCUMENTS if (broken := _broken(path))}


def test_no_document_names_a_folder_of_somebodys_machine() -> None:
    folder = re.compile(r"(?<![\w.])/(?:home|root|Users)/\S*")

    assert {} == {name_of(path): found for path in DOCUMENTS if (found := folder.findall(text_of(path)))}


def test_the_readme_leads_to_every_page() -> None:
    linked = set(_LINK.findall(text_of(ROOT / "README.md")))
    pages = {name_of(path) for path in DOCUMENTS if path.parent.name == "docs"}

    assert set() == pages - linked
