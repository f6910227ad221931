"""Are the settings right? Each is checked by itself; no value is shown that may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive.errors import SettingsRefused
from console.checks.check import Check
from console.submitting import callback_url
from runtime.environment import said
from runtime.settings.address import ListeningSettings, PublicAddress
from runtime.settings.every import EverySetting, names
from runtime.settings.keys import KeySettings

_KEYS = "TICKET_KEYS"


def settings_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    """One check for all settings that are right, and one for each that is not."""
    try:
        EverySetting.read(environment)
    except SettingsRefused as refusal:
        yield from (_problem(told, environment) for told in refusal.problems)
    else:
        told = sum(1 for name in names() if name in environment)
        yield Check("settings", f"{told} said, {len(names()) - told} by default")
    yield from _key_checks(environment)
    yield from _public_url_checks(environment)


def _problem(told: str, environment: Mapping[str, str]) -> Check:
    """A setting that is refused, or a key within one."""
    what, _, expected = told.partition(" Expected: ")
    name = what.partition(" ")[0].rstrip(":")
    of_a_key = name == _KEYS and said(environment, name)
    return Check("ticket keys" if of_a_key else f"setting {name}", problem=what, mend=f"Expected: {expected}")


def _key_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    try:
        minting, *others = KeySettings.read(environment).keys
    except SettingsRefused:
        return  # told above
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
        local = callback_url.is_local_stack(
            PublicAddress.read(environment).public_url, ListeningSettings.read(environment)
        )
    except SettingsRefused:
        local = False
    if why is None or local:
        yield Check("public URL", url + (" (the local stack; no provider can reach it)" if local else ""))
    else:
        yield Check(
            "public URL", problem=f"a provider would refuse it: {why}", mend="Set a public https://host"
        )
