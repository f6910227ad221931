"""How many bodies of the known providers `fixative learn` reads as their own readers do: `python -m tests.unit.providers.generic.counted`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from archive.errors import NotUnderstood, Unreadable
from archive.records.inline import is_inline
from providers.generic.declared import gateways_in
from providers.generic.learning import learn
from providers.generic.toml_text import toml_of
from providers.provider import Provider
from providers.registry import PROVIDERS

PAYLOADS = Path(__file__).parents[3] / "payloads"


class Counted(NamedTuple):
    """A body of a completed task, and whether id, status and links are learnt from it as its reader has them."""

    path: Path
    alike: bool

    @property
    def documented(self) -> bool:
        """Whether a document has it so, or it was caught; others were made up to be odd."""
        return "documented" in self.path.name or "captured" in self.path.name


def learnt(body: bytes) -> Provider:
    """The provider of what is proposed, read from its text as an operator's file would be. Raises NotUnderstood."""
    found = learn(body, "learnt")
    return gateways_in(toml_of(found.gateway, found.uncertain))["learnt"][1]


def counted() -> list[Counted]:
    """Every body that a known reader takes for a completed task, and that holds links or `data:` URIs: bare base64 is neither."""
    return [Counted(path, _alike(path.read_bytes(), provider)) for path, provider in _completed()]


def _alike(body: bytes, provider: Provider) -> bool:
    own = provider.read(body)
    with suppress(NotUnderstood, Unreadable):
        told = learnt(body).read(body)
        return (told.task_id, told.status, told.sources) == (own.task_id, own.status, own.sources)
    return False


def _completed() -> Iterator[tuple[Path, Provider]]:
    for name, provider in PROVIDERS.built_in.items():
        for path in sorted((PAYLOADS / name).iterdir()):
            if ".expected" not in path.suffixes:
                body = path.read_bytes()
                with suppress(Unreadable):
                    told = provider.read(body)
                    if told.status == "completed" and (
                        b"data:" in body or not any(map(is_inline, told.sources))
                    ):
                        yield path, provider


def main() -> None:
    """Tell the counts, and which bodies are read otherwise."""
    found = counted()
    for title, some in (
        ("documented or captured", [each for each in found if each.documented]),
        ("all", found),
    ):
        sys.stdout.write(f"{title}: {sum(each.alike for each in some)} of {len(some)}\n")
    for each in found:
        if not each.alike:
            sys.stdout.write(f"otherwise: {each.path.parent.name}/{each.path.name}\n")


if __name__ == "__main__":
    main()
