"""Team wellbeing: strain of groups, never of a person.

Every query that counts agents leaves out groups below the least size. The gateway does so already, by the policy; here
it is done again, so that no other source of the same series, and no slip in a policy, shows a person's figure.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.generate.dashboards.frame import chosen, framed
from deploy.generate.dashboards.panels import BAD, WARN, bars, figure, graph, row
from deploy.generate.dashboards.queries import (
    Query,
    grown,
    here,
    of_service,
    or_zero,
    per_minute,
    quantile,
    rate,
    share,
)
from warmline.gateway.policy import GatewayPolicy

TITLE = "Warmline: team wellbeing"
LEAST = GatewayPolicy().group_min_agents
"""Agents of the smallest group that is shown; a policy may ask for more, then the gateway tells fewer groups."""

CHOSEN = 'team=~"$team"'
AGENTS = f"max by (team, band) ({here('warmline_strain_agents', CHOSEN)})"
"""Each gateway tells whole teams: the largest over instances, never the sum."""

TEAMS = f"(sum by (team) ({AGENTS}) >= {LEAST})"
BANDS = f"({AGENTS} and on (team) {TEAMS})"
SIGNALS = here("warmline_wellbeing_signals_total")
BREAKS = here("warmline_wellbeing_signals_total", 'kind="break_suggested"')
DISMISSED = here("warmline_assist_moves_total", 'step="dismissed"')
ACCOUNTS = here("warmline_live_states", 'service="wellbeing"')
ENOUGH = f"and on () (sum ({ACCOUNTS}) >= {LEAST})"
"""Signals carry no team: they are shown while wellbeing keeps the account of a group at least."""

TWO_FIFTHS = 0.4
"""Share of a team under strain from which it is no longer a matter of single days; for the eye, no alert."""


def in_bands(*bands: str) -> str:
    """Return agents in some bands, by team, of the groups that are large enough."""
    chosen_bands = 'band=~"' + "|".join(bands) + '"'
    agents = here("warmline_strain_agents", CHOSEN, chosen_bands)
    return f"(sum by (team) (max by (team, band) ({agents})) and on (team) {TEAMS})"


UNDER_STRAIN = in_bands("elevated", "high", "severe")

GLANCE = (
    figure(
        "Teams shown",
        f"Teams with at least {LEAST} agents. Smaller ones appear nowhere here.",
        "short",
        Query(f"count ({TEAMS})", "teams", now=True),
        width=6,
    ),
    figure(
        "Agents in them",
        "Agents of those teams together.",
        "short",
        Query(f"sum ({TEAMS})", "agents", now=True),
        width=6,
    ),
    figure(
        "Under strain now",
        "Share of them whose strain is elevated or more.",
        "percentunit",
        Query(f"sum ({UNDER_STRAIN}) / sum ({TEAMS})", "under strain", now=True),
        steps=[(0.2, WARN), (TWO_FIFTHS, BAD)],
        width=6,
        decimals=0,
    ),
    figure(
        "Breaks suggested",
        "Times within the time looked in which wellbeing told an agent, and only the agent, that rest is due now.",
        "short",
        Query(
            f"({or_zero(grown(BREAKS))}) {ENOUGH}",
            "suggested",
            now=True,
        ),
        width=6,
        decimals=0,
    ),
)

STRAIN = (
    row("Strain by team"),
    graph(
        "Under strain, by team",
        "Share of each team whose strain is elevated or more. Strain is exposure: hard contacts, little rest. It is no "
        "measure of anybody's work.",
        "percentunit",
        [Query(f"{UNDER_STRAIN} / {TEAMS}", "{{team}}")],
        steps=[(TWO_FIFTHS, WARN)],
        bounds=(0, 1),
        width=12,
    ),
    graph(
        "Agents, by band",
        "Agents of all teams shown, by band of strain.",
        "short",
        [Query(f"sum by (band) ({BANDS})", "{{band}}")],
        stacked=True,
        width=12,
    ),
    bars(
        "Teams now, by band",
        "How many of each team are in each band.",
        "short",
        [Query(f"{BANDS} > 0", "{{team}}: {{band}}", now=True)],
        width=12,
    ),
    graph(
        "High or severe, by team",
        "Share of each team in the two upper bands: where relief should come first.",
        "percentunit",
        [Query(f"{in_bands('high', 'severe')} / {TEAMS}", "{{team}}")],
        bounds=(0, 1),
        width=12,
    ),
)

SIGNALLED = (
    row("What wellbeing says, of everybody together"),
    graph(
        "Signals an hour, by kind",
        "Changes that agents were told of: strain that rose or eased, rest that is due, strain that recurs over days.",
        "short",
        [Query(f"3600 * {rate(SIGNALS, 'kind')} {ENOUGH}", "{{kind}}")],
        stacked=True,
        width=12,
    ),
    graph(
        "Signals an hour, by band",
        "The same by the band that the agent came to.",
        "short",
        [Query(f"3600 * {rate(SIGNALS, 'band')} {ENOUGH}", "{{band}}")],
        stacked=True,
        width=12,
    ),
)

CAUSES = (
    row("What agents meet"),
    graph(
        "Very negative turns",
        "Share of customers' turns with a valence of -0.6 or less: what wears most. Plan by it, do not coach.",
        "percentunit",
        [
            Query(
                share(
                    rate(here("warmline_customer_valence_bucket", 'le="-0.6"')),
                    rate(here("warmline_customer_valence_count")),
                ),
                "of all turns",
            )
        ],
    ),
    graph(
        "Help given",
        "Moves of agent assist a minute that were given, and that were put away by somebody.",
        "cpm",
        [
            Query(per_minute(here("warmline_assist_moves_total", 'step="given"')), "given"),
            Query(or_zero(per_minute(DISMISSED)), "dismissed"),
        ],
    ),
    graph(
        "How fresh this is",
        "Age of a turn when its scores and windows were published, p99. Wellbeing then waits for late events on "
        "purpose, two minutes by default.",
        "s",
        [Query(quantile(0.99, of_service("warmline_event_age_seconds_bucket"), "service"), "{{service}}")],
        runbooks=["WarmlineEventAgeBurnsFast"],
    ),
)


def build() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "warmline-wellbeing",
        TITLE,
        f"For whoever plans shifts and relief: strain of teams of at least {LEAST} agents, of no single one.",
        [*GLANCE, *STRAIN, *SIGNALLED, *CAUSES],
        since="now-12h",
        refresh="5m",
        more_variables=[chosen("team", f"label_values({here('warmline_strain_agents')}, team)")],
    )
