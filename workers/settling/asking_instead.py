"""What is asked of a provider in place of what a callback says.

too little        it has its dead letter, so that nothing hangs on this; that goes when the answer is placed
the id alone      as its provider means it: no letter, the entry carries the delivery whole
a failure         with CONFIRM_TASKS, or a required signature that leaves the body uncovered: the same, since anybody may have written it
without a key     a letter alone: a person sets the key and replays it
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from archive.errors import IdAlone, MalformedRecord, Several, Unreadable
from archive.records.delivery import Delivery
from archive.records.notification import Notification
from archive.records.work import Work
from archive.store.bucket import Bucket
from providers.registry import provider_named
from runtime.settings.task_apis import key_variable
from workers.readings import WORTH_ASKING, ask_instead_of, task_id_of
from workers.settling.filed_day import filed_day

log = logging.getLogger(__name__)


class AskingInstead:
    """Makes the work of asking, for providers that can be asked."""

    def __init__(
        self, bucket: Bucket, asked: Collection[str], *, confirmed: Collection[str], link_life_h: float
    ) -> None:
        self._bucket, self._asked, self._confirmed, self._link_life_h = bucket, asked, confirmed, link_life_h

    def refuse_unconfirmed(self, delivery: Delivery, told: Notification) -> None:
        """Raise IdAlone for an ending without images that its provider is to confirm before it counts."""
        asks = delivery.provider in self._confirmed and delivery.provider in self._asked
        if asks and delivery.via == "callback" and told.status in {"failed", "cancelled"}:
            detail = (
                f"it says that its task is {told.status}, which its provider is asked for before it counts"
            )
            raise IdAlone(detail, told.ended_at)

    def work_for(self, delivery: Delivery, why: Unreadable) -> Work | None:
        """The work of asking for what this callback does not say; None: nobody is asked.

        Its letter is to be written first, unless the work carries the delivery.
        """
        # A person asked for one that names several tasks, and put the answer into the inbox.
        meant = delivery.via == "callback" or isinstance(why, Several)
        task_id = task_id_of(delivery) if meant else None
        if task_id is None or why.reason not in WORTH_ASKING or delivery.provider not in self._asked:
            return None
        try:
            day = filed_day(self._bucket, delivery.provider, task_id, delivery.received_at.date())
        except MalformedRecord as error:
            log.warning("delivery %s: its task is not asked for: %s", delivery.id, error)
            return None
        return ask_instead_of(delivery, task_id, why, day=day, link_life_h=self._link_life_h)

    def detail(self, delivery: Delivery, why: Unreadable) -> str:
        """What the letter of a delivery says that is not asked for, though it was meant to be."""
        if not isinstance(why, IdAlone) or delivery.provider in self._asked:
            return why.detail
        key = key_variable(provider_named(delivery.provider))
        return f"{why.detail}, and no API key is set to ask with: set {key} for the workers, and replay it"
