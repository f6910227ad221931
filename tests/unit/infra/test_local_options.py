"""The command line of the local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.options import read
from providers.registry import PROVIDERS


def test_everything_is_kept_under_var_unless_told_otherwise() -> None:
    """The data folder is absolute, since processes have working folders of their own."""
    assert read([], {}).data == Path("var").resolve()


def test_sources_add_up() -> None:
    """--allow-source may be said more than once."""
    options = read(["--allow-source", "127.0.0.1:80", "--allow-source", "[::1]:81"], {})

    assert options.allow_sources == ("127.0.0.1:80", "[::1]:81")


def test_the_console_is_started_unless_it_is_to_be_left_out() -> None:
    """Who sends callbacks alone needs none."""
    assert read([], {}).console
    assert not read(["--without-console"], {}).console


def test_every_provider_has_an_option_for_its_task_api() -> None:
    """Read from the registry, so that a new provider has one too."""
    said = [word for name in PROVIDERS for word in (f"--{name}-api", f"http://127.0.0.1/{name}")]

    assert read(said, {}).task_apis == {name: f"http://127.0.0.1/{name}" for name in PROVIDERS}
    assert read([], {}).task_apis == {}


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:0", "127.0.0.1:65536", "a:b"]
)
def test_what_is_no_address_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the usage, and exit code 2."""
    with pytest.raises(SystemExit, match="2"):
        read(["--allow-source", address], {})

    assert f"{address} is not HOST:PORT" in capsys.readouterr().err
