"""The dashboard is the one that its program makes, and names metrics and labels of the registry alone."""

from __future__ import annotations

import re

import pytest

from infra.observability.dashboard import FILE, made
from infra.observability.panels import QUESTIONS, PanelOf
from runtime.metrics.registry import METRICS

LABELS = {metric.name: {label.name for label in metric.labels} for metric in METRICS}
PANELS = [panel for question in QUESTIONS for panel in question.panels]


def test_the_file_is_what_the_program_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == made(), (
        "write it anew: .venv/bin/python -m infra.observability.dashboard"
    )


def test_it_goes_by_an_operators_questions() -> None:
    assert [
        "Is anything being lost?",
        "How long until it is?",
        "What is slow?",
        "What does it cost?",
    ] == [question.title for question in QUESTIONS]


@pytest.mark.parametrize("panel", PANELS, ids=[panel.title for panel in PANELS])
def test_a_panel_names_what_is_told(panel: PanelOf) -> None:
    for query in panel.queries:
        for name, selected in re.findall(r"(fixative_\w+)(?:\{([^}]*)\})?", query.expr):
            metric = re.sub(r"_bucket$", "", name)

            assert metric in LABELS
            assert set(re.findall(r"(\w+)\s*(?:=~|!=|=)", selected)) <= LABELS[metric]


def test_a_panel_has_a_title_of_its_own() -> None:
    assert len(PANELS) == len({panel.title for panel in PANELS})
