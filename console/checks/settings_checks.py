"""Are the settings right? Each is checked by itself; no value is shown that may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive import tickets
from archive.errors import SettingsRefused
from console.checks.check import Check
from console.cli.demands import DOOR, settings_for
from console.submitting import callback_url
from runtime.environment import said
from runtime.settings import Settings, names


def settings_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    """One check for all settings that are right, and one for each that is not."""
    try:
        Settings.from_environment(environment)
    except SettingsRefused as refusal:
        for problem in refusal.problems:
            name = problem.partition(" ")[0]
            what, _, expected = problem.partition(" Expected: ")
            yield Check(f"setting {name}", problem=what, mend=f"Expected: {expected}")
    else:
        told = sum(1 for name in names() if name in environment)
        yield Check("settings", f"{told} said, {len(names()) - told} by default")
    yield from _key_checks(said(environment, "TICKET_KEYS"))
    yield from _public_url_checks(environment)


def _key_checks(text: str) -> Iterator[Check]:
    if not text:
        return  # said above
    try:
        keys = tickets.read_keys(text)
    except SettingsRefused as refusal:
        for problem in refusal.problems:
            what, _, expected = problem.partition(" Expected: ")
            yield Check("ticket keys", problem=what, mend=f"Expected: {expected}")
        return
    minting, *others = keys
    rest = f"; {', '.join(others)} still taken" if others else ""
    yield Check("ticket keys", f"{minting} mints{rest}")


def _public_url_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    url = said(environment, "PUBLIC_URL")
    if not url:
        yield Check(
            "public URL",
            problem="PUBLIC_URL is not set: no callback URL can be minted",
            mend="Set it to the receiver's public address: https://host",
        )
        return
    why = callback_url.refusal(url)
    try:
        local = callback_url.is_local_stack(settings_for(environment, [DOOR]))
    except SettingsRefused:
        local = False
    if why is None or local:
        yield Check("public URL", url + (" (the local stack; no provider can reach it)" if local else ""))
    else:
        yield Check(
            "public URL", problem=f"a provider would refuse it: {why}", mend="Set a public https://host"
        )
