"""The keys of the catalogue: batches of lines, and what is rolled up of an hour or of a day. Pure.

catalog/2026/11/21/07/<ulid>.ndjson          a batch
catalog/2026/11/21/07~<first>.ndjson         a closed hour
catalog/2026/11/21~<first>.parquet           a closed day
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from ulid import ULID

from archive.layout import CATALOG

# A batch of lines, and what was rolled up: of an hour, or of a day. `-1` is the second file of its place, and a
# newer schema stands before the extension, so that nobody needs to open a file to refuse it.
_BATCH = re.compile(r"catalog/(\d{4}/\d{2}/\d{2})/(\d{2})/([0-7][0-9A-HJKMNP-TV-Z]{25})\.ndjson")
_ROLLED = re.compile(
    r"catalog/(\d{4}/\d{2}/\d{2})(?:/(\d{2}))?~([0-7][0-9A-HJKMNP-TV-Z]{25})(?:-(\d{1,6}))?(?:\.(\d{1,6}))?\.(?:ndjson|parquet)"
)


class CatalogKey(NamedTuple):
    """What a key of the catalogue says: a batch, or what is rolled up of an hour or (`hour` None) of a day."""

    day: date
    hour: int | None
    first: str
    rolled: bool
    ordinal: int
    schema: int


def catalog_key(batch: str) -> str:
    """The key of a batch of catalogue lines, by the time within its ULID."""
    return f"{CATALOG}{ULID.from_str(batch).datetime:%Y/%m/%d/%H}/{batch}.ndjson"


def catalog_day(day: date) -> str:
    """What the keys of a day's lines begin with, rolled up or not."""
    return f"{CATALOG}{day:%Y/%m/%d}"


def catalog_day_in(key: str) -> date | None:
    """The day in a key of the catalogue, whatever else it says; None where there is none."""
    try:
        return date.fromisoformat(key.removeprefix(CATALOG)[:10].replace("/", "-"))
    except ValueError:
        return None


def rolled_key(day: date, hour: int | None, first: str, ordinal: int) -> str:
    """The key of what is rolled up of an hour, or of a day; it sorts after all that it replaces.

    `first` is the name of the first batch in it. `ordinal` is larger than that of any file which its place has, so that
    no name is given twice.
    """
    place = catalog_day(day) if hour is None else f"{catalog_day(day)}/{hour:02d}"
    more = f"-{ordinal}" if ordinal else ""
    return f"{place}~{first}{more}.{'parquet' if hour is None else 'ndjson'}"


def read_catalog_key(key: str) -> CatalogKey:
    """What a key of the catalogue says.

    Raises:
        ValueError: if it is none of ours.
    """
    found = _BATCH.fullmatch(key) or _ROLLED.fullmatch(key)
    if not found:
        raise ValueError(f"{key!r} is no key of the catalogue")
    day, hour, first, *rolled = found.groups()
    ordinal, schema = rolled or (None, None)
    year, month, of_month = map(int, day.split("/"))
    if hour is not None and int(hour) > 23:  # noqa: PLR2004 - the hours of a day
        raise ValueError(f"{key!r} names no hour")
    return CatalogKey(
        date(year, month, of_month),
        None if hour is None else int(hour),
        first,
        rolled=bool(rolled),
        ordinal=int(ordinal or 0),
        schema=int(schema or 1),
    )
