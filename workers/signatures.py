"""What the signature of a delivery comes to: checked when it is settled, by what its provider's settings demand.

    off        not looked at
    record     the manifest says what the check came to
    require    one that is not good is the dead letter `bad_signature`

The ticket opened the door; this is a second lock. What we asked for ourselves has no signature, and needs none. The time is
that of the receipt, so that a delivery that is settled late, or replayed, is judged as on its first day. While the keys that
a provider publishes cannot be had, a required check waits for them, as long as the links may live.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from archive.errors import ApiTrouble, Unreadable
from archive.reasons import Reason
from archive.records.delivery import Delivery
from egress.key_sets import AGAIN_S, KeySets
from providers.registry import PROVIDERS
from providers.verifying.verifier import GOOD, Signed, Verdict, Verifier
from runtime.seldom import Seldom
from runtime.settings.signatures import SignatureSettings
from workers.readings import link_life

log = logging.getLogger(__name__)


class Signatures:
    """Checks the signatures of deliveries. Safe to use from many threads."""

    def __init__(
        self, settings: Mapping[str, SignatureSettings], key_sets: KeySets, *, link_life_h: float = 0.0
    ) -> None:
        self._settings, self._key_sets, self._link_life_h = settings, key_sets, link_life_h
        self._seldom = Seldom(log)

    def word_of(self, delivery: Delivery, now: datetime) -> str | None:
        """What the check of a delivery came to; None: it is not checked.

        Raises:
            Unreadable: `bad_signature`, where a good one is required and this one is not.
            ApiTrouble: where one is required, and the keys to check it with cannot be had for the moment.
        """
        provider, settings = PROVIDERS.get(delivery.provider), self._settings.get(delivery.provider)
        if provider is None or provider.verifier is None or settings is None:
            return None
        if settings.demand == "off" or delivery.via != "callback":
            return None
        required = settings.demand == "require"
        waits = required and now - delivery.received_at < link_life(provider.name, self._link_life_h)
        verdict = self._verdict(delivery, provider.verifier, settings, waits=waits)
        if verdict.word not in GOOD:
            self._seldom.tell(
                logging.WARNING,
                f"{provider.name}: {verdict.word}",
                "delivery %s of %s: its signature is %s: %s",
                delivery.id,
                provider.name,
                verdict.word,
                verdict.detail,
            )
            if required:
                raise Unreadable(Reason.BAD_SIGNATURE, f"{verdict.word}: {verdict.detail}")
        return verdict.word

    def _verdict(
        self, delivery: Delivery, verifier: Verifier, settings: SignatureSettings, *, waits: bool
    ) -> Verdict:
        """The verdict over the keys of the operator, or over those that the provider publishes. Raises ApiTrouble."""
        signed = Signed(delivery.signature, delivery.body, delivery.received_at)
        if verifier.keys_in is None:
            return verifier.judge(signed, settings.keys)
        before = verifier.judge(signed, ())
        if before.word == "missing":  # a stranger's, for which nobody is asked
            return before
        try:
            verdict = verifier.judge(signed, self._key_sets.keys(settings.key_set, verifier.keys_in))
            if verdict.word == "wrong":
                fresh = self._key_sets.keys(settings.key_set, verifier.keys_in, fresh_s=AGAIN_S)
                verdict = verifier.judge(signed, fresh)
        except ApiTrouble as trouble:
            if waits:
                raise
            return Verdict("no_key", trouble.detail)
        return verdict
