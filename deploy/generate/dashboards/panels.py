"""Makers of panels: every one wants a title, what it says, a unit and its queries."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as looks, dashboard as model, heatmap as heat_looks
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.generate.dashboards.queries import Query

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD, WARN, BAD, PLAIN = "green", "orange", "red", "blue"
HEIGHT, FIGURE_HEIGHT = 8, 4
COLOURS = {
    "calm": "green",
    "elevated": "yellow",
    "high": "orange",
    "severe": "red",
    "met": "green",
    "missed": "red",
    "moot": "blue",
    "watch": "yellow",
    "warning": "orange",
    "critical": "red",
    "confirmed": "green",
    "false_alarm": "red",
    "acknowledged": "blue",
    "handed_over": "blue",
    "ended_badly": "red",
    "better": "green",
    "same": "blue",
    "worse": "red",
}
"""Of the labels' values that mean something good or bad; the same on every dashboard."""

Steps = Sequence[tuple[float, str]]
"""From which value on which colour; below the first it is good, or plain where none is given."""


class Builder(Protocol):
    """What every panel's builder can."""

    def build(self) -> model.Panel:
        """Return the panel."""

    def title(self, title: str) -> Self:
        """Set the title."""


def graph(  # noqa: PLR0913 # what a graph is made of
    title: str,
    says: str,
    unit: str,
    queries: Sequence[Query],
    *,
    width: int = 8,
    steps: Steps = (),
    runbooks: Sequence[str] = (),
    stacked: bool = False,
    bounds: tuple[float | None, float | None] = (0, None),
) -> Builder:
    """Return a course over time; steps are drawn as lines."""
    made = timeseries.Panel().legend(_legend()).tooltip(_tooltip()).show_points(looks.VisibilityMode.NEVER)
    made.line_width(1).fill_opacity(60 if stacked else 8)
    if stacked:
        made.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL).group("A"))
    if steps:
        style = common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED)
        made.thresholds(_thresholds(steps)).thresholds_style(style)
    for name, colour in COLOURS.items():
        if any(f"{{{{{label}}}}}" in query.legend for query in queries for label in MEANT):
            made.override_by_name(name, [model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})])
    _bound(made, bounds)
    return _finished(made, (title, says, unit, width, HEIGHT), queries, runbooks)


MEANT = ("band", "outcome", "severity", "verdict", "effect")
"""Labels whose values have a colour of their own."""


def figure(  # noqa: PLR0913 # as above
    title: str,
    says: str,
    unit: str,
    query: Query,
    *,
    width: int = 4,
    steps: Steps = (),
    base: str = GOOD,
    runbooks: Sequence[str] = (),
    decimals: int | None = None,
) -> Builder:
    """Return one number, or one a series, coloured by the steps."""
    made = stat.Panel().color_mode(looks.BigValueColorMode.VALUE).graph_mode(looks.BigValueGraphMode.NONE)
    made.reduce_options(_newest()).thresholds(_thresholds(steps, base if steps else PLAIN)).no_value("none yet")
    if decimals is not None:
        made.decimals(decimals)
    return _finished(made, (title, says, unit, width, FIGURE_HEIGHT), [query], runbooks)


def bars(  # noqa: PLR0913 # as above
    title: str,
    says: str,
    unit: str,
    queries: Sequence[Query],
    *,
    width: int = 8,
    steps: Steps = (),
    base: str = GOOD,
    bounds: tuple[float | None, float | None] = (0, None),
    runbooks: Sequence[str] = (),
) -> Builder:
    """Return one horizontal bar a series, as of now."""
    made = bargauge.Panel().orientation(looks.VizOrientation.HORIZONTAL).reduce_options(_newest())
    made.display_mode(looks.BarGaugeDisplayMode.BASIC).thresholds(_thresholds(steps, base if steps else PLAIN))
    made.no_value("none yet").decimals(0)  # counts and shares: an increase is seldom a whole number
    _bound(made, bounds)
    return _finished(made, (title, says, unit, width, HEIGHT), queries, runbooks)


def heat(title: str, says: str, unit: str, query: Query, *, width: int = 12) -> Builder:
    """Return how a histogram's values lie over time, a row a bucket."""
    made = heatmap.Panel().calculate(False)  # noqa: FBT003 # the builder's own signature
    made.color(heatmap.HeatmapColorOptions().mode(heat_looks.HeatmapColorMode.SCHEME).scheme("Blues").steps(32))
    made.cell_values(heatmap.CellValues().unit("short"))
    made.y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(looks.AxisPlacement.LEFT))
    return _finished(made, (title, says, unit, width, HEIGHT), [query], (), PromQueryFormat.HEATMAP)


def row(title: str) -> dashboard.Row:
    """Return a heading over the panels that follow."""
    return dashboard.Row(title)


def _finished(
    made: Any,
    about: tuple[str, str, str, int, int],
    queries: Sequence[Query],
    runbooks: Sequence[str],
    form: PromQueryFormat = PromQueryFormat.TIME_SERIES,
) -> Any:
    title, says, unit, width, height = about
    made.title(title).description(says).unit(unit).span(width).height(height).datasource(DATASOURCE)
    for number, query in enumerate(queries):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).format(form)
        target.ref_id(chr(ord("A") + number)).datasource(DATASOURCE)
        made.with_target(target.instant() if query.now else target.range())
    made.links([_runbook(name) for name in runbooks])
    return made


def _runbook(name: str) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(f"Runbook: {name}").type(model.DashboardLinkType.LINK)
    return link.url(f"${{runbooks}}/{name}.md").target_blank(True)  # noqa: FBT003 # the builder's own signature


def _thresholds(steps: Steps, base: str = "transparent") -> dashboard.ThresholdsConfig:
    found = [model.Threshold(None, base), *(model.Threshold(value, colour) for value, colour in steps)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(found)


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)  # noqa: FBT003 # as above


def _bound(made: Any, bounds: tuple[float | None, float | None]) -> None:
    least, most = bounds
    if least is not None:
        made.min(least)
    if most is not None:
        made.max(most)


def _legend() -> common.VizLegendOptions:
    bottom = common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST)
    return bottom.placement(looks.LegendPlacement.BOTTOM).show_legend(True)  # noqa: FBT003 # as above


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING)
