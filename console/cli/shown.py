"""Letters, work and deliveries as they may be shown: a screen, a pipe and a ticket system are no `dead/`.

Who needs the raw words opens the object itself; `show` names its key.
"""

from __future__ import annotations

from msgspec import structs

from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.work import Work
from archive.redaction import CUT, redacted, redacted_body
from providers.reading.delivered import plain_body


def shown_letter(letter: DeadLetter) -> DeadLetter:
    """A dead letter without queries of links and secret fields of what was sent."""
    return structs.replace(
        letter,
        detail=redacted(letter.detail),
        work=shown_work(letter.work) if letter.work else None,
        others=tuple(map(shown_work, letter.others)),
        delivery=shown_delivery(letter.delivery) if letter.delivery else None,
    )


def shown_work(work: Work) -> Work:
    """Work with its links, without their queries."""
    return structs.replace(work, sources=tuple(map(redacted, work.sources)))


def shown_delivery(delivery: Delivery) -> Delivery:
    """A delivery with its body inflated, and body and headers redacted; of a signature only what there was.

    One that leaves the body uncovered is good for other bodies as well, and a secret in a header for all.
    """
    return structs.replace(
        delivery,
        body=redacted_body(plain_body(delivery)),
        headers={name: redacted(value) for name, value in delivery.headers.items()},
        signature=dict.fromkeys(delivery.signature, CUT),
    )
