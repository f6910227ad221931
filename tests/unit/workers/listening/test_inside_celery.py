"""What `workers/listening/bell_channel.py` and `workers/listening/listener.py` lean on is inside kombu and Celery: it is there, as it was."""

from __future__ import annotations

import inspect
import tomllib

import pytest
from celery import Celery
from celery.apps import worker as celery_worker
from celery.backends.base import DisabledBackend
from celery.worker.consumer import Consumer
from celery.worker.consumer.tasks import Tasks
from kombu import Connection
from kombu.transport import redis as kombu_redis
from kombu.transport import virtual
from kombu.transport.virtual import base

from archive.queue.doorbell import celery_app
from tests.fakes.words import HERE
from tests.unit.docs.documents import ROOT
from workers.listening import bell_channel
from workers.listening.bell_channel import hear_bells


def test_kombus_channel_takes_an_item_where_ours_does() -> None:
    source = inspect.getsource(kombu_redis.Channel._brpop_read)  # type: ignore[attr-defined] # the stubs hide it
    for what in ("parse_response", "self.connection._deliver(", "self._in_poll = None", "raise Empty()"):
        assert what in source
    assert "self.QoS = virtual.QoS" in inspect.getsource(kombu_redis.Channel.__init__)


def test_kombu_asks_the_queues_that_its_cycle_names_and_celery_counts_what_is_taken() -> None:
    asks = inspect.getsource(kombu_redis.Channel._brpop_start)  # type: ignore[attr-defined] # the stubs hide it
    assert "queues = self._queue_cycle.consume(len(self.active_queues))" in asks
    source = inspect.getsource(kombu_redis.Channel)
    for what in ("self._queue_cycle.update(self.active_queues)", "self._queue_cycle.rotate(dest)"):
        assert what in source
    assert "len(state.reserved_requests) >= limit" in inspect.getsource(Tasks.start)


def test_kombus_connection_is_told_how_to_connect_where_ours_tells_it() -> None:
    connection = Connection("sentinel://127.0.0.1:1")
    assert "sentinel" == connection.transport_cls
    hear_bells(connection)
    assert bell_channel.BellSentinelTransport is connection.get_transport_cls()

    for url in ("redis://127.0.0.1:1", "rediss://127.0.0.1:1", "redis+socket:///nowhere"):
        connection = Connection(url, ssl={"ssl_cert_reqs": "required"} if url.startswith("rediss") else False)
        hear_bells(connection)
        assert bell_channel.BellTransport is connection.get_transport_cls()


def test_kombu_gives_bells_back_where_ours_does() -> None:
    source = inspect.getsource(virtual.QoS.restore_unacked_once)
    for what in (
        "self._on_collect.cancel()",
        "self.restore_unacked()",
        "state.restored = True",
        "emergency_dump_state",
    ):
        assert what in source
    assert "restore_unacked_once" in inspect.getsource(base.Channel.close)


def test_celerys_consumer_has_the_loop_that_ours_takes_the_place_of() -> None:
    source = inspect.getsource(Consumer.start)
    for what in (
        "while blueprint.state not in STOP_CONDITIONS:",
        "maybe_shutdown()",
        "self.restart_count += 1",
        "blueprint.start(self)",
        "self.on_close()",
        "blueprint.restart(self)",
    ):
        assert what in source
    assert "self.ensure_connected(" in inspect.getsource(Consumer.connection_for_read)


def test_celerys_worker_listens_to_signals_where_ours_does() -> None:
    source = inspect.getsource(celery_worker.Worker.install_platform_tweaks)
    for what in (
        "install_worker_restart_handler(worker)",
        "install_rdb_handler()",
        "install_worker_term_handler(",
    ):
        assert what in source
    taken = inspect.signature(celery_worker._shutdown_handler).parameters  # type: ignore[attr-defined] # hidden
    assert {"worker", "sig", "how", "callback", "exitcode", "verbose"} <= set(taken)


def test_celerys_variables_come_before_what_it_is_told_but_not_before_what_ours_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:1/0")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://elsewhere:1/0")
    ours = celery_app("redis://here:1/0", HERE.queues)

    assert "elsewhere" == Celery("other", broker="redis://here:1/0").connection_for_write().hostname
    assert ["here", "here"] == [
        connection.hostname for connection in (ours.connection_for_write(), ours.connection_for_read())
    ]
    assert isinstance(ours.backend, DisabledBackend)


def test_both_have_upper_bounds() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]

    assert {"celery[redis]>=5.6.3,<5.7", "kombu>=5.7,<5.8"} <= set(told)
