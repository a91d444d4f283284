"""What is around the panels: variables, links between the dashboards, time range, and the way to JSON."""

import json
from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from deploy.generate.dashboards.panels import DATASOURCE, Builder
from deploy.generate.dashboards.queries import here

TAG = "warmline"
RUNBOOKS = "/public/runbooks"
"""Where Grafana itself serves them in compose.observability.yaml; the chart's `dashboards.runbooks` replaces it."""

INFO = "warmline_build_info"


def framed(
    uid: str,
    title: str,
    says: str,
    panels: Sequence[Builder | dashboard.Row],
    *,
    since: str,
    refresh: str,
    more_variables: Sequence[dashboard.QueryVariable] = (),
) -> model.Dashboard:
    """Return a dashboard, read-only since it is made from code.

    Args:
        uid: By which Grafana knows it, whatever its title.
        title: Its name.
        says: Whom it is for.
        panels: Rows and panels, in reading order.
        since: How far back it looks at first, as Grafana writes it.
        refresh: How often it asks again.
        more_variables: Besides data source, job, instance, service and the runbooks' place.
    """
    made = dashboard.Dashboard(title).uid(uid).description(says).tags([TAG]).readonly().timezone("browser")
    made.time(since, "now").refresh(refresh).tooltip(model.DashboardCursorSync.CROSSHAIR).links([_others()])
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    made.with_variable(chosen("job", f"label_values({INFO}, job)"))
    made.with_variable(chosen("instance", f'label_values({INFO}{{job=~"$job"}}, instance)'))
    made.with_variable(chosen("service", f"label_values({here(INFO)}, service)"))
    for variable in more_variables:
        made.with_variable(variable)
    made.with_variable(dashboard.TextBoxVariable("runbooks").label("Runbooks at").default_value(RUNBOOKS))
    for each in panels:
        made.with_row(each) if isinstance(each, dashboard.Row) else made.with_panel(each)
    built = made.build()
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return built


def chosen(name: str, query: str) -> dashboard.QueryVariable:
    """Return a variable of which several values can be chosen, all at first."""
    made = dashboard.QueryVariable(name).label(name.title()).query(query).datasource(DATASOURCE)
    made.multi(True).include_all(True).all_value(".+")  # noqa: FBT003 # the builder's own signature
    made.sort(model.VariableSort.ALPHABETICAL_ASC).refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
    return made.current(model.VariableOption(selected=True, text="All", value="$__all"))


def as_json(built: model.Dashboard) -> str:
    """Return the file's text."""
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Warmline").type(model.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.include_vars(True).keep_time(True)  # noqa: FBT003 # the builder's own signature
