"""What tests share: a real Redis and a real S3, started once a session by the local stack's own modules; `--fast`, `--long`."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from ulid import ULID

from archive.store.bucket import Bucket, open_bucket
from infra.local.parts import redis as local_redis
from infra.local.parts import s3 as local_s3
from providers.registry import PROVIDERS
from tests import late_waits
from tests.botocore_files import read_once


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fast`, for the inner loop (`make test-fast`): without what is thorough, and few examples of what is drawn.

    `--long` (`make long`): ten times the model's seeds and of the examples that are drawn, and every hard text for every
    function.
    """
    parser.addoption("--fast", action="store_true", help="leave out what is marked as thorough")
    parser.addoption("--long", action="store_true", help="the long form of what has a short one")


def pytest_configure(config: pytest.Config) -> None:
    """Few examples, where a test does not say how many it wants; what the tests start hears SIGINT; cheap clients."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts what it runs in the background so, and everything that a test starts would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # SeaweedFS with a thread for each core wakes one for each request, which is a third of its CPU; tests want no more of it.
    os.environ.setdefault("GOMAXPROCS", "1")
    read_once()
    config.pluginmanager.register(late_waits)
    # The same examples in each run, so that a rare one turns up while it is looked for: in the long form.
    settings.register_profile("usual", max_examples=50, derandomize=True)
    settings.register_profile("fast", max_examples=15)
    settings.register_profile("long", max_examples=500)
    form = next((name for name in ("fast", "long") if config.getoption(f"--{name}")), "usual")
    settings.load_profile(form)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is thorough, if one asks for that."""
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.fixture(autouse=True, scope="module")
def _no_gateways() -> Iterator[None]:
    """What a file of tests declares beside the providers is gone when the next one begins, whatever it ran of its own."""
    yield
    PROVIDERS.declare((), "")


@pytest.fixture(scope="session")
def share(pytestconfig: pytest.Config) -> float:
    """How much of what can be tried for ever is tried: 1 in `make test`."""
    if pytestconfig.getoption("--long"):
        return 10.0
    return 0.05 if pytestconfig.getoption("--fast") else 1.0


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_redis.Redis]:
    """A Redis for the whole session; who stops it starts it again."""
    with local_redis.start(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture
def redis_url(redis_server: local_redis.Redis) -> str:
    """The URL of the session's Redis; a test that needs it empty says FLUSHALL."""
    return redis_server.url


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_s3.S3]:
    """An S3 for the whole session: `endpoint`, `access_key`, `secret_key`, `bucket`."""
    with local_s3.start(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A place in the bucket for this test alone, with its final slash."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", str(request.node.name))[:60]
    return f"{name}-{ULID()}/"


@pytest.fixture
def s3_endpoint(s3: local_s3.S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The endpoint of the session's S3, with its credentials in the usual AWS variables."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    return s3.endpoint


@pytest.fixture
def bucket(s3: local_s3.S3, s3_endpoint: str, prefix: str) -> Bucket:
    """A bucket of the session's S3, under a prefix of this test alone."""
    return open_bucket(name=s3.bucket, prefix=prefix, endpoint=s3_endpoint)
