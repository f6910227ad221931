"""`python -m infra.observability.dashboard`: the dashboard, written anew as JSON that Grafana imports.

It needs Grafana's SDK, which tests bring and no process does: https://grafana.github.io/grafana-foundation-sdk/.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DatasourceVariable,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Figure
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueGraphMode, LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

from infra.observability.panels import QUESTIONS, PanelOf

FILE: Final = Path(__file__).with_name("dashboard.json")
_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
_GREEN, _ORANGE, _RED = "green", "orange", "red"
# Of a row's 24 columns.
_FIGURE, _LINES = 4, 8
_FIGURE_HIGH, _LINES_HIGH = 4, 8


def made() -> str:
    """The dashboard as JSON."""
    board = (
        Dashboard("Fixative")
        .uid("fixative")
        .description("Is anything being lost, how long until it is, what is slow, what does it cost?")
        .tags(["fixative"])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for question in QUESTIONS:
        board = board.with_row(Row(question.title))
        for panel in question.panels:
            board = board.with_panel(_figure(panel) if panel.warns is not None else _lines(panel))
    told = json.loads(json.dumps(board.build(), cls=JSONEncoder, sort_keys=True))
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _figure(panel: PanelOf) -> Figure:
    """A figure, coloured by its bounds."""
    assert panel.warns is not None
    assert panel.alarms is not None
    figure = (
        Figure()
        .title(panel.title)
        .description(panel.meaning)
        .unit(panel.unit)
        .datasource(_SOURCE)
        .span(_FIGURE)
        .height(_FIGURE_HIGH)
        .graph_mode(BigValueGraphMode.AREA)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(_steps(panel)))
    )
    for query in _queries(panel):
        figure = figure.with_target(query)
    return figure


def _lines(panel: PanelOf) -> Lines:
    """Lines over time."""
    lines = (
        Lines()
        .title(panel.title)
        .description(panel.meaning)
        .unit(panel.unit)
        .datasource(_SOURCE)
        .span(_LINES)
        .height(_LINES_HIGH)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)  # noqa: FBT003 - the SDK's own
        )
    )
    for query in _queries(panel):
        lines = lines.with_target(query)
    return lines


def _queries(panel: PanelOf) -> list[Dataquery]:
    return [
        Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + place))
        for place, query in enumerate(panel.queries)
    ]


def _steps(panel: PanelOf) -> list[Threshold]:
    assert panel.warns is not None
    assert panel.alarms is not None
    if panel.falls:
        return [
            Threshold(value=None, color=_RED),
            Threshold(value=panel.alarms, color=_ORANGE),
            Threshold(value=panel.warns, color=_GREEN),
        ]
    steps = [Threshold(value=None, color=_GREEN), Threshold(value=panel.warns, color=_ORANGE)]
    if panel.alarms == panel.warns:
        steps.pop()
    return [*steps, Threshold(value=panel.alarms, color=_RED)]


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
