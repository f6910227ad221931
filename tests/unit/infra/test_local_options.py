"""The command line of the local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.options import read


def test_everything_is_kept_under_var_unless_told_otherwise() -> None:
    """The data folder is absolute, since processes have working folders of their own."""
    assert read([], {}).data == Path("var").resolve()


def test_sources_add_up() -> None:
    """--allow-source may be said more than once."""
    options = read(["--allow-source", "127.0.0.1:80", "--allow-source", "[::1]:81"], {})

    assert options.allow_sources == ("127.0.0.1:80", "[::1]:81")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:0", "127.0.0.1:65536", "a:b"]
)
def test_what_is_no_address_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the usage, and exit code 2."""
    with pytest.raises(SystemExit, match="2"):
        read(["--allow-source", address], {})

    assert f"{address} is not HOST:PORT" in capsys.readouterr().err
