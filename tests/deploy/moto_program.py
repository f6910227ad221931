"""Moto's server, run by the Python that has moto. It does not look at signatures: who asks is told by the key's id.

Moto 5.2.5 sums up a query that has a slash in it (`prefix=inbox%2F`) otherwise than botocore signs it, and refuses it.
"""

from __future__ import annotations

import sys

from moto.iam.access_control import IAMRequestBase
from moto.server import main


def _passes(_request: object) -> None:
    """Whatever the signature is."""


if __name__ == "__main__":
    IAMRequestBase.check_signature = _passes
    main(sys.argv[1:])
