"""The rules that Grafana's dashboard-linter publishes (its docs/index.md), each as a function over a dashboard's JSON.

The linter itself is a Go module whose checksum the public checksum database did not give us, so it is not built here.
That a query is PromQL is left to promtool.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Board = dict[str, Any]
Found = Iterator[tuple[str | None, str]]
"""Panel, or None for the dashboard, and what is wrong."""

UNITS = {"none", "short", "percent", "percentunit", "bytes", "decbytes", "s", "ms", "dtdurations", "hertz"} | {
    "cps",
    "ops",
    "reqps",
    "rps",
    "cpm",
    "opm",
    "rpm",
}
"""Of Grafana's units those that suit what we measure; the linter's list has them all."""

SELECTOR = re.compile(r"(?<![\w:\"$])(?P<name>[a-z_][\w]*(?::[\w:]+)?|warmline\w*)\{(?P<matchers>[^}]*)\}")
BARE = re.compile(r"(?<![\w:\"])(?P<name>warmline\w*(?::[\w:]+)?|[a-z_]+:warmline[\w:]*)(?![\w:{])")
RANGE = re.compile(r"(?P<call>\w+)\s*\((?P<selector>[a-z_][\w:]*(?:\{[^}]*\})?)\[(?P<range>[^\]]+)\]")
VARIABLE_QUERY = re.compile(r"^label_values\((?P<selector>.+), (?P<label>[a-z_]+)\)$")


def panels_of(board: Board) -> Iterator[dict[str, Any]]:
    """Yield every panel that shows something, those inside rows too."""
    for each in board["panels"]:
        if each["type"] == "row":
            yield from (inner for inner in each.get("panels", ()) if inner["type"] != "row")
        else:
            yield each


def queries_of(board: Board) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every panel with each of its queries."""
    for panel in panels_of(board):
        for target in panel.get("targets", ()):
            yield panel, target["expr"]


def selectors_of(expr: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the matchers of everything that a query selects; a bare name has none."""
    yield from ((found["name"], found["matchers"]) for found in SELECTOR.finditer(expr))
    yield from ((found["name"], "") for found in BARE.finditer(expr))


def template_datasource(board: Board) -> Found:
    """Checks that the dashboard has a templated datasource."""
    found = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    if [(each["name"], each["label"], each["query"]) for each in found] != [
        ("datasource", "Data source", "prometheus")
    ]:
        yield None, "wants one Prometheus data source, named datasource and labelled Data source"


def _template(name: str) -> Callable[[Board], Found]:
    def rule(board: Board) -> Found:
        found = [each for each in board["templating"]["list"] if each["name"] == name]
        wanted = {"type": "query", "label": name.title(), "multi": True, "allValue": ".+"}
        if not found or any(found[0].get(key) != value for key, value in wanted.items()):
            yield None, f"wants a variable {name} with {wanted}"
        elif found[0]["datasource"]["uid"] != "${datasource}":
            yield None, f"the variable {name} asks another data source"

    return rule


def template_label_promql(board: Board) -> Found:
    """Checks that the dashboard templated labels have proper PromQL expressions."""
    for each in board["templating"]["list"]:
        if each["type"] == "query" and not VARIABLE_QUERY.match(each["query"]):
            yield None, f"{each['name']}: {each['query']} asks for no label's values"


def template_on_time_change_reload(board: Board) -> Found:
    """Checks that the dashboard template variables are configured to reload on time change."""
    for each in board["templating"]["list"]:
        if each["type"] == "query" and each.get("refresh") != 2:
            yield None, f"{each['name']} is not asked for anew when the time range changes"


def panel_datasource(board: Board) -> Found:
    """Checks that each panel uses the templated datasource."""
    for panel in panels_of(board):
        for each in (panel, *panel.get("targets", ())):
            if (each.get("datasource") or {}).get("uid") != "${datasource}":
                yield panel["title"], "asks another data source"


def panel_title_description(board: Board) -> Found:
    """Checks that each panel has a title and description."""
    for panel in panels_of(board):
        if not panel.get("title") or not panel.get("description"):
            yield panel.get("title"), "wants a title and a description"


def panel_units(board: Board) -> Found:
    """Checks that each panel uses has valid units defined."""
    for panel in panels_of(board):
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            yield panel["title"], "wants a unit that Grafana knows"


def panel_no_targets(board: Board) -> Found:
    """Checks that each panel has at least one target."""
    for panel in panels_of(board):
        if not panel.get("targets"):
            yield panel["title"], "asks nothing"


def target_rate_interval(board: Board) -> Found:
    """Checks that each target uses $__rate_interval."""
    for panel, expr in queries_of(board):
        for found in RANGE.finditer(expr):
            if found["call"] in {"rate", "irate"} and found["range"] != "$__rate_interval":
                yield panel["title"], f"{found['call']} over {found['range']}"


def _target(label: str) -> Callable[[Board], Found]:
    def rule(board: Board) -> Found:
        for panel, expr in queries_of(board):
            for name, matchers in selectors_of(expr):
                if f'{label}=~"${label}"' not in matchers.split(", "):
                    yield panel["title"], f"{name} is asked for in every {label}"

    return rule


def target_counter_agg(board: Board) -> Found:
    """Checks that any counter metric (ending in _total) is aggregated with rate, irate, or increase."""
    for panel, expr in queries_of(board):
        grown = [found["selector"] for found in RANGE.finditer(expr) if found["call"] in {"rate", "irate", "increase"}]
        rest = expr
        for selector in grown:
            rest = rest.replace(f"{selector}[", "[")
        if re.search(r"\w_total\b", rest):
            yield panel["title"], "looks at a counter itself"


def uneditable(board: Board) -> Found:
    """Checks that the dashboard is not editable."""
    if board.get("editable") is not False:
        yield None, "can be edited"


def template_unused(board: Board) -> Found:
    """Checks that every variable is used."""
    for each in board["templating"]["list"]:
        name = each["name"]
        if not re.search(rf"\${name}\b|\$\{{{name}\}}", str({**board, "templating": _others(board, name)})):
            yield None, f"{name} is used nowhere"


def _others(board: Board, name: str) -> list[Any]:
    return [each for each in board["templating"]["list"] if each["name"] != name]


RULES: Mapping[str, Callable[[Board], Found]] = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": _template("job"),
    "template-instance-rule": _template("instance"),
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "template-unused-rule": template_unused,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": _target("job"),
    "target-instance-rule": _target("instance"),
    "target-counter-agg-rule": target_counter_agg,
    "uneditable-dashboard": uneditable,
}


def lint(board: Board) -> set[tuple[str, str | None]]:
    """Return rule and panel of everything that is wrong."""
    return {(name, panel) for name, rule in RULES.items() for panel, _what in rule(board)}
