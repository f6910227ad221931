"""What each switch does, in a sentence: for `--help` and for docs/simulator.md, which a test holds together."""

from __future__ import annotations

import textwrap
from typing import NamedTuple


class SwitchWords(NamedTuple):
    """A switch as people read it: its name, what it may be, and what that does."""

    name: str
    values: str
    does: str


SWITCH_WORDS = (
    SwitchWords("status", "failed, cancelled", "The task ends so, and has no images."),
    SwitchWords("error_code", "a text", "The code of a failed task's error; else content_policy_violation."),
    SwitchWords(
        "callback", "lost, duplicate, late", "The callback never comes, comes twice, or comes late_s later."
    ),
    SwitchWords("late_s", "seconds", "How late a late callback is; else 5."),
    SwitchWords("link", "403, 404, 410, 429, 500", "Links of images answer with this status."),
    SwitchWords(
        "link",
        "slow, cut_off, stall, reset",
        "Links answer at bytes_per_s; with half of the image; with half and then silence; not at all.",
    ),
    SwitchWords("retry_after_s", "seconds", "What a 429 asks to wait; else 1."),
    SwitchWords("bytes_per_s", "a number", "How fast a slow link is; else 65536."),
    SwitchWords("fresh", "true", "The task, asked for at its API, names new links that work."),
    SwitchWords(
        "link_life_s", "seconds", "How long links live from the task's end on; else as --link-life-s says."
    ),
    SwitchWords(
        "image",
        "wrong_size, wrong_format, html, damaged, huge, redirect",
        "Links answer 200 with an image of another size or format, with a page, damaged bytes or 64 MiB; or lead elsewhere.",
    ),
    SwitchWords("heal_after", "a number", "After so many requests to one link, that link is well."),
    SwitchWords("index", "0 to 9", "Only the link of this image misbehaves."),
    SwitchWords(
        "signature",
        "forged, missing, old",
        "Where the provider signs: the callback is signed with a key of nobody's, not at all, or with the time of an hour ago.",
    ),
)


def help_text() -> str:
    """The switches for `--help`, each with its sentence beneath, within 80 columns."""
    lines = ["switches, all optional (docs/simulator.md has examples):"]
    for words in SWITCH_WORDS:
        lines.append(f"  {words.name}: {words.values}")
        lines += textwrap.wrap(words.does, 80, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join([*lines, "", """  --simulate '{"link": 404, "heal_after": 3}'"""])
