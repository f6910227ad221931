"""README's picture of the road can be read by who knows none of our words."""

from __future__ import annotations

import re

from tests.unit.docs.documents import ROOT, fenced, rows_under, text_of

README = ROOT / "README.md"
OURS = ("bell", "sweep", "spool", "dead letter")
# What the rest of the README, or everybody who has run a web service, calls so too.
PLAIN = {
    "delivery",
    "inbox",
    "order",
    "provider",
    "receiver",
    "replay",
    "task",
    "ticket",
    "worker",
    "callback",
    "manifest",
}


def test_the_words_of_ours_in_the_picture_are_explained_above_it() -> None:
    above = text_of(README).partition("```text\n")[0]
    picture = next(fenced(README, "text"))
    words = {row[0] for row in rows_under(ROOT / "docs" / "glossary.md", "Glossary")} - PLAIN

    assert set(OURS) == set(re.findall(r"\*\*([a-z ]+)\*\*", above.rpartition("## The road")[2]))
    assert set(OURS) >= {word for word in words if re.search(rf"\b{re.escape(word)}s?\b", picture)}
