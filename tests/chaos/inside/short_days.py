"""Hours and days of the catalogue end within a run: a file in CHAOS_DIR says how many hours the roll-up is ahead.

Nothing is rolled up before the file is there. The tail and the grace are short, and looks come soon.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import archive.rolled.day
import workers.rolling.roll_up
from archive.rolled.day import CatalogueDay

AHEAD_H = "ahead-h"
# Twice what a reader here takes.
_GRACE = timedelta(seconds=5)
_TAIL_MOST = 4
_PIECES_MOST = 2
_LOOK_EVERY_S = 3.0


def set_up() -> None:
    """Go by the file from now on."""
    file = Path(os.environ["CHAOS_DIR"]) / AHEAD_H
    right = CatalogueDay.due

    def due(self: CatalogueDay, heads: Any, now: datetime, *spread: Any) -> Any:
        return (
            right(self, heads, now + timedelta(hours=float(file.read_text())), *spread)
            if file.exists()
            else []
        )

    CatalogueDay.due = due  # type: ignore[method-assign,assignment]
    CatalogueDay.tail_most, CatalogueDay.pieces_most = _TAIL_MOST, _PIECES_MOST
    for module, name, value in (
        (archive.rolled.day, "GRACE", _GRACE),
        (workers.rolling.roll_up, "LOOK_EVERY_S", _LOOK_EVERY_S),
        (workers.rolling.roll_up, "LOOK_SOON_S", _LOOK_EVERY_S),
        (workers.rolling.roll_up, "SPREAD_MOST_S", 0.0),
    ):
        assert hasattr(module, name)
        setattr(module, name, value)
