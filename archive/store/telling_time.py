"""The times that S3 tells, read as what they are.

botocore reads any form of a date by guessing, which was three quarters of the time of a listing:
https://github.com/boto/botocore/blob/develop/botocore/utils.py
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import botocore.session
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER

from archive.store.client_files import ClientFiles


def read_time(told: Any) -> datetime:
    """ISO 8601, as listings have it, and HTTP's own form, as heads do; any other is left to botocore."""
    try:
        if told[4:5] == "-" and told[:4].isdigit():
            moment = datetime.fromisoformat(told)
        else:
            moment = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return _guessed(told)
    # A time without a zone is S3's, which is UTC, and not the host's.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def session_that_reads(read: Callable[[Any], datetime]) -> botocore.session.Session:
    """A session of botocore, as new, whose clients read times so, and whose files are read quickly."""
    session = botocore.session.get_session()
    session.get_component("data_loader").file_loader = ClientFiles()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=read)
    return session


def _guessed(told: Any) -> datetime:
    moment: datetime = DEFAULT_TIMESTAMP_PARSER(told)
    return moment
