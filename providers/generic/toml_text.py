"""A gateway as TOML, as `fixative learn` proposes it. Pure; what is at its default is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.printable import is_printable, one_line
from providers.generic.declared import TOP
from providers.generic.gateway import FACTS, Gateway

_WORDS = ("completed", "failed", "cancelled", "unfinished")


def toml_of(gateway: Gateway, remarks: Sequence[str] = ()) -> str:
    """The text of one gateway, with remarks above it."""
    lines = [f"# {one_line(remark)}" for remark in remarks]
    lines.append(f"[{TOP}.{gateway.name}]")
    if gateway.title:
        lines.append(f"title = {_string(gateway.title)}")
    for fact in FACTS:
        told = getattr(gateway, fact)
        if told:
            lines.append(f"{fact} = {_string(told) if isinstance(told, str) else _list(told)}")
    lines += [f"media_hosts = {_list(gateway.media_hosts)}", f"link_life = {_string(gateway.link_life)}"]
    words = [f"{status} = {_list(listed)}" for status in _WORDS if (listed := getattr(gateway.words, status))]
    if words:
        lines.append(f"words = {{ {', '.join(words)} }}")
    return "\n".join(lines) + "\n"


def _list(told: Iterable[object]) -> str:
    return f"[{', '.join(str(each).lower() if isinstance(each, bool | int) else _string(str(each)) for each in told)}]"


def _string(text: str) -> str:
    """A basic string of TOML (https://toml.io/en/v1.0.0#string), in characters that a terminal shows."""
    return f'"{"".join(map(_shown, text))}"'


def _shown(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if is_printable(character) else f"\\U{ord(character):08X}"
