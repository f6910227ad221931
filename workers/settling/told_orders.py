"""An order that somebody told: kept in `orders/`, and what asks for its task if nothing comes."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.errors import MalformedRecord, Unreadable
from archive.reasons import Reason
from archive.records.delivery import Delivery
from archive.records.work import Work
from archive.store.bucket import Bucket
from providers.registry import provider_named
from workers.asking.order_book import OrderBook, read_told
from workers.readings import ask_of
from workers.settling.filed_day import filed_day


class ToldOrders:
    """Takes orders in. How long links live, and when a task is first asked for, is as the provider says where it is 0."""

    def __init__(self, bucket: Bucket, *, link_life_h: float, ask_first_s: float) -> None:
        self._bucket, self._orders = bucket, OrderBook(bucket)
        self._link_life_h, self._ask_first_s = link_life_h, ask_first_s

    def keep(self, delivery: Delivery) -> tuple[Work, datetime]:
        """Keep an order; the work of asking, and when it is due. Both follow from the order that holds alone.

        Raises:
            Unreadable: if it cannot be used, or another was told before.
        """
        told = read_told(delivery)
        record = self._orders.keep(told)
        if record.order != told.order:
            raise Unreadable(Reason.BAD_ORDER, f"delivery {record.delivery_id} told another order before")
        try:
            day = filed_day(self._bucket, record.provider, record.task_id, record.told_at.date())
        except MalformedRecord as error:
            raise Unreadable(Reason.BAD_ORDER, f"cannot be placed: {error}") from error
        first_s = self._ask_first_s or provider_named(record.provider).ask_first_s
        ask = ask_of(record, day=day, link_life_h=self._link_life_h)
        return ask, record.told_at + timedelta(seconds=first_s)
