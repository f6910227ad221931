"""How long links live, by provider, as chaos scales time: CHAOS_LIVES says `bfl=60,evolink=300`, in seconds.

The longest of them is what counts as long: the others go before it, as an hour and less does.
"""

from __future__ import annotations

import os
from datetime import timedelta

import providers.provider
import workers.readings
from providers.registry import PROVIDERS


def set_up() -> None:
    """Let them live so from now on."""
    told = dict(each.split("=") for each in os.environ["CHAOS_LIVES"].split(","))
    lives = {name: float(life_s) for name, life_s in told.items()}
    for name, life_s in lives.items():
        object.__setattr__(PROVIDERS[name], "link_life_s", life_s)
    short_s = max(life_s for life_s in lives.values() if life_s < max(lives.values()))
    assert hasattr(providers.provider, "SHORT_LIFE_S")
    assert hasattr(workers.readings, "SHORT_LIFE")
    providers.provider.SHORT_LIFE_S = short_s  # type: ignore[assignment] # a whole number where it is not scaled
    workers.readings.SHORT_LIFE = timedelta(seconds=short_s)
