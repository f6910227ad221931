"""A copy of the project to which a provider was added as `docs/adding-a-provider.md` says: files, and a line each."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEWCOMER = Path(__file__).parent
# What runs, and the tests that take every provider in the registry through the shared suite.
_COPIED = (
    *("archive", "console", "egress", "infra", "providers", "receiver", "runtime", "workers"),
    *("tests/unit/providers", "tests/payloads", "tests/fakes"),
)


def copied(to: Path) -> Path:
    """The copy, with Pixel Mill in it."""
    for folder in _COPIED:
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", to)
    # The provider: its file, its line, its payloads.
    shutil.copy(NEWCOMER / "pixelmill.py", to / "providers")
    _insert(
        to / "providers" / "registry.py",
        "from providers.provider",
        "from providers.pixelmill import PIXELMILL\n",
    )
    _insert(to / "providers" / "registry.py", "    APIINONE,\n", "    PIXELMILL,\n")
    shutil.copytree(NEWCOMER / "payloads", to / "tests" / "payloads" / "pixelmill")
    # The simulator, which knows nothing of ours: its file, its line.
    shutil.copy(
        NEWCOMER / "simulated_pixelmill.py", to / "infra" / "simulator" / "providers" / "pixelmill.py"
    )
    registry = to / "infra" / "simulator" / "registry.py"
    _insert(
        registry,
        "from infra.simulator.providers import (",
        "from infra.simulator.providers import pixelmill\n",
    )
    _insert(
        registry,
        "SIMULATED = (\n",
        "    Simulated(pixelmill.NAME, '/v2', pixelmill.PixelMillPaths, pixelmill.task_body, pixelmill.error_response),\n",
        after=True,
    )
    return to


def _insert(path: Path, beside: str, line: str, *, after: bool = False) -> None:
    """Put one line before the text that stands in the file once, or after it."""
    text = path.read_text(encoding="utf-8")
    assert text.count(beside) == 1, f"{beside!r} stands {text.count(beside)} times in {path}"
    path.write_text(text.replace(beside, beside + line if after else line + beside), encoding="utf-8")
