"""The first line of an hour that was rolled up: what it replaces. Of a day the same stands in its Parquet's metadata."""

from __future__ import annotations

from typing import Annotated, Literal

from archive.records.bounds import Most
from archive.records.ids import Key
from archive.records.record import Record

# The form of rolled files that this version writes; a newer one stands in the key as well (archive/layout.py).
ROLLED_SCHEMA = 1
# What one file may be rolled up from, and as many that those replaced and that still stand.
SOURCES_MOST = 2_000
REPLACES_MOST = 2 * SOURCES_MOST
# What a head has at most.
HEAD_MAX_BYTES = 1_048_576


class RolledHead(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a rolled file replaces: nobody reads these beside it, and they are removed after a grace.

    It is of a newer schema than the lines that follow, so that a version which knows no rolled files counts it as a
    newer version's.
    """

    replaces: Annotated[tuple[Key, ...], Most(REPLACES_MOST)] = ()
    of: Literal["rolled"] = "rolled"
    schema: Literal[3] = 3
