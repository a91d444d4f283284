"""The dashboards as committed: made from the code, by the linter's rules, of metrics there are, never of one person."""

import copy
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from deploy.generate.dashboards.boards import boards
from deploy.generate.dashboards.wellbeing import LEAST
from tests.support.dashboard_lint import RULES, lint, panels_of, queries_of, selectors_of
from tests.support.exposed_names import exposed_names
from warmline.gateway.policy import GatewayPolicy

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "grafana" / "dashboards"
RUNBOOKS = ROOT / "deploy" / "runbooks"
RULE_FILES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml"))
BOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
GRAFANAS_OWN = {"$__rate_interval": "1m", "$__range": "1h"}
TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def promtool():
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool: Debian's package prometheus has it")
    return found


def filled(expr):
    """A query as Prometheus gets it, with everything chosen."""
    for name, value in GRAFANAS_OWN.items():
        expr = expr.replace(name, value)
    return re.sub(r"\$(job|instance|service|team)\b", ".+", expr)


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S)


def test_there_are_three_and_they_are_as_the_code_makes_them():
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == boards()
    assert BOARDS.keys() == {"warmline-operations", "warmline-experience", "warmline-wellbeing"}
    assert {name: board["uid"] for name, board in BOARDS.items()} == {name: name for name in BOARDS}


@pytest.mark.parametrize("name", BOARDS)
def test_the_linters_rules_hold_save_for_what_the_lint_file_excludes_and_all_of_that_is_needed(name):
    excluded = yaml.safe_load((FOLDER / ".lint").read_text("utf-8"))["exclusions"]
    assert all(each["reason"] for each in excluded.values())
    title = BOARDS[name]["title"]
    allowed = {
        (rule, entry["panel"])
        for rule, each in excluded.items()
        for entry in each["entries"]
        if entry["dashboard"] == title
    }
    assert lint(BOARDS[name]) == allowed


def spoilt(how):
    board = copy.deepcopy(BOARDS["warmline-operations"])
    panel = next(each for each in panels_of(board) if each["title"] == "Records read")
    how(board, panel, {each["name"]: each for each in board["templating"]["list"]})
    return board


SPOILT = {
    "template-datasource-rule": lambda board, panel, variables: variables["datasource"].update(label="Source"),
    "template-job-rule": lambda board, panel, variables: variables["job"].update(multi=False),
    "template-instance-rule": lambda board, panel, variables: variables["instance"].update(allValue=".*"),
    "template-label-promql-rule": lambda board, panel, variables: variables["service"].update(query="services()"),
    "template-on-time-change-reload-rule": lambda board, panel, variables: variables["service"].update(refresh=1),
    "template-unused-rule": lambda board, panel, variables: board["templating"]["list"].append(
        {**variables["service"], "name": "queue"}
    ),
    "panel-datasource-rule": lambda board, panel, variables: panel["targets"][0]["datasource"].update(uid="mine"),
    "panel-title-description-rule": lambda board, panel, variables: panel.update(description=""),
    "panel-units-rule": lambda board, panel, variables: panel["fieldConfig"]["defaults"].update(unit="parsecs"),
    "panel-no-targets-rule": lambda board, panel, variables: panel.update(targets=[]),
    "target-rate-interval-rule": lambda board, panel, variables: panel["targets"][0].update(
        expr=panel["targets"][0]["expr"].replace("$__rate_interval", "5m")
    ),
    "target-job-rule": lambda board, panel, variables: panel["targets"][0].update(expr='up{instance=~"$instance"}'),
    "target-instance-rule": lambda board, panel, variables: panel["targets"][0].update(expr="warmline_paused"),
    "target-counter-agg-rule": lambda board, panel, variables: panel["targets"][0].update(
        expr=re.sub(r"rate\((.*)\[.*?\]\)", r"(\1)", panel["targets"][0]["expr"])
    ),
    "uneditable-dashboard": lambda board, panel, variables: board.update(editable=True),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_dashboard_that_breaks_a_rule_is_found_out(rule):
    sound = lint(BOARDS["warmline-operations"])
    assert rule in {found for found, _panel in lint(spoilt(SPOILT[rule])) - sound}


def test_promtool_takes_every_query_and_every_variables_selector(promtool, tmp_path):
    asked = {expr for board in BOARDS.values() for _panel, expr in queries_of(board)}
    for board in BOARDS.values():
        variables = [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
        asked |= {re.match(r"label_values\((.+), \w+\)$", query)[1] for query in variables}
    rules = [{"record": f"panel:query:{number}", "expr": filled(expr)} for number, expr in enumerate(sorted(asked))]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = run(promtool, "check", "rules", tmp_path / "queries.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(asked)} rules found" in done.stdout


@pytest.mark.parametrize("name", BOARDS)
def test_only_what_a_service_exposes_or_a_rule_records_is_asked_for_by_labels_and_bounds_that_it_has(name):
    exposed = exposed_names()
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    for panel, expr in queries_of(BOARDS[name]):
        found = list(selectors_of(expr))
        assert found, panel["title"]
        for metric, matchers in found:
            if ":" in metric:
                assert metric in recorded, panel["title"]
                continue
            labels, bounds = exposed[metric]
            asked = dict(re.findall(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"', matchers))
            assert asked.keys() - {"job", "instance"} <= labels, panel["title"]
            assert asked.get("le") in {None, *bounds}, panel["title"]


def test_all_metrics_that_say_something_of_the_product_are_on_a_dashboard():
    shown = {name for board in BOARDS.values() for _panel, expr in queries_of(board) for name, _ in selectors_of(expr)}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed_names()}
    missing = families - {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert missing <= {
        "warmline_score_cache_hits_total",  # warmline_score_rung_total tells the same, beside the encoder
        "warmline_gateway_feedback_total",  # warmline_alert_feedback_total tells what was taken in, each word once
        "warmline_gateway_slow_readers_total",
    }


@pytest.mark.parametrize("name", BOARDS)
def test_it_says_whom_it_is_for_and_refreshes_at_a_pace_that_fits_its_time_range(name):
    board = BOARDS[name]
    assert board["description"].startswith("For whoever ")
    seconds = {"s": 1, "m": 60, "h": 3600}
    ago = re.fullmatch(r"now-(\d+)([smh])", board["time"]["from"])
    often = re.fullmatch(r"(\d+)([smh])", board["refresh"])
    points = int(ago[1]) * seconds[ago[2]] / (int(often[1]) * seconds[often[2]])
    assert 60 <= points <= 1000
    titles = Counter(panel["title"] for panel in panels_of(board))
    assert titles.most_common(1)[0][1] == 1, "a panel is told by its title"


def test_panels_link_to_runbooks_that_exist_and_every_alert_on_a_metric_of_ours_has_a_panel():
    linked = {
        link["url"].removeprefix("${runbooks}/").removesuffix(".md")
        for board in BOARDS.values()
        for panel in panels_of(board)
        for link in panel.get("links", ())
    }
    assert linked == {path.stem for path in RUNBOOKS.glob("*.md")}


def test_wellbeing_knows_no_agent_and_no_group_below_the_policys_least():
    board = BOARDS["warmline-wellbeing"]
    assert GatewayPolicy().group_min_agents == LEAST
    labels = {label for _panel, expr in queries_of(board) for label in re.findall(r"by \(([^)]*)\)", expr)}
    assert {each for group in labels for each in group.split(", ")} <= {"team", "band", "kind", "le", "service"}


def of_people(board):
    return [expr for _panel, expr in queries_of(board) if re.search("strain_agents|wellbeing_signals", expr)]


def told(promtool, folder, series, expected):
    """Let promtool hold queries to what they should give of some series after an hour."""
    samples = [{"expr": filled(expr), "eval_time": "1h", "exp_samples": want} for expr, want in expected.items()]
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    case = {"tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": samples}]}
    (folder / "case.yaml").write_text(yaml.safe_dump(case))
    return run(promtool, "test", "rules", folder / "case.yaml")


def strain(team, instance, **bands):
    return {
        f'warmline_strain_agents{{job="warmline",instance="{instance}",team="{team}",band="{band}"}}': f"{count}x60"
        for band, count in bands.items()
    }


def signals(accounts):
    of = 'job="warmline",instance="w:1"'
    return {
        f'warmline_live_states{{{of},service="wellbeing"}}': f"{accounts}x60",
        f'warmline_wellbeing_signals_total{{{of},kind="raised",band="high"}}': "0+1x60",
    }


def test_a_group_below_the_least_size_is_shown_nowhere_even_if_two_gateways_tell_of_it(promtool, tmp_path):
    few = LEAST - 1
    series = {**strain("small", "g:1", calm=few - 1, high=1), **strain("small", "g:2", calm=few - 1, high=1)}
    nothing = {expr: [] for expr in of_people(BOARDS["warmline-wellbeing"])}
    assert len(nothing) >= 9
    done = told(promtool, tmp_path, series | signals(few), nothing)
    assert done.returncode == 0, done.stdout + done.stderr


def test_of_groups_that_are_large_enough_every_query_shows_something(promtool, tmp_path):
    series = {
        **strain("small", "g:1", calm=0, elevated=0, high=1, severe=0),
        **strain("north", "g:1", calm=LEAST - 2, elevated=1, high=1, severe=0),
        **strain("north", "g:2", calm=LEAST - 2, elevated=1, high=1, severe=0),
    }
    asked = of_people(BOARDS["warmline-wellbeing"])
    done = told(promtool, tmp_path, series | signals(LEAST), {expr: [] for expr in asked})
    complaints = done.stdout + done.stderr  # nothing was expected: each complaint is a query that shows something
    assert done.returncode == 1
    assert len(re.findall(r"got:.*\{.*\d", complaints)) == len(asked), complaints
    assert "north" in complaints
    assert "small" not in complaints


def test_two_gateways_that_tell_of_one_team_do_not_double_it(promtool, tmp_path):
    series = {**strain("north", "g:1", calm=4, high=1), **strain("north", "g:2", calm=4, high=1)}
    by_title = {panel["title"]: expr for panel, expr in queries_of(BOARDS["warmline-wellbeing"])}
    expected = {
        by_title["Teams shown"]: [{"labels": "{}", "value": 1}],
        by_title["Agents in them"]: [{"labels": "{}", "value": 5}],
        by_title["Under strain now"]: [{"labels": "{}", "value": 0.2}],
        by_title["Under strain, by team"]: [{"labels": '{team="north"}', "value": 0.2}],
        by_title["Agents, by band"]: [
            {"labels": '{band="calm"}', "value": 4},
            {"labels": '{band="high"}', "value": 1},
        ],
    }
    done = told(promtool, tmp_path, series, expected)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_docs_show_every_dashboard_in_small_pictures_and_say_where_they_were_drawn():
    page = (ROOT / "docs" / "dashboards.md").read_text("utf-8")
    linked = set(re.findall(r"\]\((dashboards/[\w-]+\.png)\)", page))
    pictures = {f"dashboards/{path.name}": path.stat().st_size for path in (ROOT / "docs" / "dashboards").glob("*.png")}
    assert linked == pictures.keys()
    assert all(size < 400_000 for size in pictures.values())
    for name in BOARDS:
        assert any(each.startswith(f"dashboards/{name.removeprefix('warmline-')}") for each in linked)
    assert "outside Grafana" in page
