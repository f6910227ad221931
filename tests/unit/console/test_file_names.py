"""The names of copied files say something, whatever strangers called a model."""

from __future__ import annotations

from datetime import date

import pytest

from console.cli.fetching import stem

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("about", "task_id", "said"),
    [
        ("shop/summer", "task-unified-1757156493-imcg5zqt", "2026-11-21_shop-summer_imcg5zqt"),
        ("gpt-image-2", "0190f5c2-6c3e-7a61-9d0a-2f4b8c1d3e5f", "2026-11-21_gpt-image-2_2f4b8c1d3e5f"),
        ("gpt-image-1.5", "n42gcdopwbo_gpt-image-1.5", "2026-11-21_gpt-image-1.5_n42gcdopwbo"),
        (None, "plainid", "2026-11-21_plainid"),
        ("../../etc/passwd", "t-1", "2026-11-21_etc-passwd_1"),
        ("\x1b[2J/名前 ", "t-1", "2026-11-21_2J_1"),
        ("x" * 500, "t-" + "y" * 120, f"2026-11-21_{'x' * 64}_{'y' * 64}"),
    ],
)
def test_a_name_tells_day_label_and_task(about: str | None, task_id: str, said: str) -> None:
    assert said == stem(DAY, about, task_id)
