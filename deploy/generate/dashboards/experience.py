"""Customer experience: how customers feel, whether they were met, and what alerts there were and how good they are."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.generate.dashboards.frame import framed
from deploy.generate.dashboards.panels import BAD, GOOD, WARN, bars, figure, graph, heat, row
from deploy.generate.dashboards.queries import (
    LATE_S,
    Query,
    grown,
    here,
    of_service,
    or_zero,
    per_minute,
    quantile,
    rate,
    share,
    shares,
)

TITLE = "Warmline: customer experience"
VALENCE = "warmline_customer_valence"
EFFECTS = here("warmline_moment_effect_total")
MOMENTS = "warmline_moments_total"
OPENED = here("warmline_alerts_total", 'state="opened"')
FEEDBACK = "warmline_alert_feedback_total"
JUDGED = here(FEEDBACK, 'verdict=~"confirmed|false_alarm"')
RIGHT = here(FEEDBACK, 'verdict="confirmed"')
LEAD = here("warmline_alert_lead_seconds_bucket")
ABSTAINED = here("warmline_abstained_total", 'reason!="system_turn"')
SCORED = here("warmline_turns_scored_total", 'role!="system"')
ENDED = here(MOMENTS, 'outcome=~"met|missed"')
NEGATIVE = -0.4
"""At or below this valence a customer is plainly displeased: two of five steps down; a bound of the histogram."""

PRECISION_WANTED = 0.5
"""Below it most alerts are false alarms, and people stop to look."""


GLANCE = (
    figure(
        "Mood",
        "Median valence of customers' turns within the time looked at: -1 is furious, 0 matter-of-fact, 1 delighted.",
        "short",
        Query(f"histogram_quantile(0.5, {grown(here(f'{VALENCE}_bucket'), 'le')})", "median", now=True),
        steps=[(-0.3, WARN), (0, GOOD)],
        base=BAD,
        decimals=2,
    ),
    figure(
        "Displeased turns",
        "Share of customers' turns with a valence of -0.4 or less.",
        "percentunit",
        Query(
            share(grown(here(f"{VALENCE}_bucket", f'le="{NEGATIVE}"')), grown(here(f"{VALENCE}_count"))),
            "displeased",
            now=True,
        ),
        decimals=1,
    ),
    figure(
        "Moments met",
        "Of the moments in which a customer needed empathy: the share in which it came in time.",
        "percentunit",
        Query(share(grown(here(MOMENTS, 'outcome="met"')), grown(ENDED)), "met", now=True),
        steps=[(0.5, WARN), (0.75, GOOD)],
        base=BAD,
        decimals=0,
    ),
    figure(
        "Alerts opened",
        "Alerts that were opened within the time looked at, of any severity.",
        "short",
        Query(or_zero(grown(OPENED)), "opened", now=True),
        decimals=0,
    ),
    figure(
        "Alerts right",
        "Precision: of the alerts that people judged, the share that they confirmed.",
        "percentunit",
        Query(share(grown(RIGHT), grown(JUDGED)), "confirmed", now=True),
        steps=[(PRECISION_WANTED, GOOD)],
        base=BAD,
        decimals=0,
    ),
    figure(
        "Time to act, median",
        "From an alert's opening until what it warned of.",
        "s",
        Query(f"histogram_quantile(0.5, {grown(LEAD, 'le')})", "lead", now=True),
        steps=[(15, WARN), (60, GOOD)],
        base=BAD,
        decimals=0,
    ),
)

MOOD = (
    row("Mood"),
    graph(
        "Customers' mood",
        "Valence of customers' turns, -1 to 1: the median, and the turns that a tenth is below and a tenth above.",
        "short",
        [
            Query(quantile(0.9, here(f"{VALENCE}_bucket")), "best tenth"),
            Query(quantile(0.5, here(f"{VALENCE}_bucket")), "median"),
            Query(quantile(0.1, here(f"{VALENCE}_bucket")), "worst tenth"),
        ],
        bounds=(-1, 1),
        width=12,
        runbooks=["WarmlineValenceDrifts"],
    ),
    heat(
        "How the mood is spread",
        "Customers' turns a minute by valence: a row is a range of valence, darker is more turns.",
        "short",
        Query(per_minute(here(f"{VALENCE}_bucket"), "le"), "{{le}}"),
    ),
)

MET = (
    row("Moments and effect"),
    graph(
        "Moments, by how they ended",
        "Moments a minute that ended: met in time, missed, or moot because the need passed or the conversation ended.",
        "cpm",
        [Query(per_minute(here(MOMENTS), "outcome"), "{{outcome}}")],
        stacked=True,
    ),
    graph(
        "Share of moments met",
        "Of the moments met or missed, the share that was met.",
        "percentunit",
        [Query(share(rate(here(MOMENTS, 'outcome="met"')), rate(ENDED)), "met")],
        bounds=(0, 1),
    ),
    graph(
        "Did empathy work",
        "Of moments met, a minute: whether the customer's next two turns were better than before, the same, or worse.",
        "cpm",
        [Query(per_minute(EFFECTS, "effect"), "{{effect}}")],
        stacked=True,
    ),
    bars(
        "Effect of moments met",
        "The same over the time looked at, as shares.",
        "percentunit",
        [
            Query(
                shares(grown(EFFECTS, "effect"), grown(EFFECTS)),
                "{{effect}}",
                now=True,
            )
        ],
        bounds=(0, 1),
    ),
    graph(
        "Moves for agents",
        "Moves of agent assist a minute that were given, renewed or withdrawn, and why.",
        "cpm",
        [Query(per_minute(here("warmline_assist_moves_total"), "step"), "{{step}}")],
        stacked=True,
    ),
    bars(
        "Moves given",
        "Which moves were given within the time looked at: what customers most often waited for.",
        "short",
        [Query(grown(here("warmline_assist_moves_total", 'step="given"'), "move"), "{{move}}", now=True)],
    ),
)

ALERTS = (
    row("Alerts"),
    graph(
        "Alerts opened, by severity",
        "Alerts opened a minute.",
        "cpm",
        [Query(per_minute(OPENED, "severity"), "{{severity}}")],
        stacked=True,
    ),
    graph(
        "Steps of alerts",
        "Steps a minute: alerts opened, updated, acknowledged and closed. More opened than closed for hours: nobody "
        "comes to act.",
        "cpm",
        [Query(per_minute(here("warmline_alerts_total"), "state"), "{{state}}")],
    ),
    bars(
        "Alerts opened, by rule",
        "Which rule of the policy opened them, within the time looked at.",
        "short",
        [Query(grown(OPENED, "rule"), "{{rule}}", now=True)],
    ),
)

QUALITY = (
    row("Quality of alerts"),
    graph(
        "What people said of alerts",
        "Feedback a minute from the console and by API, once for each person's word.",
        "cpm",
        [Query(per_minute(here(FEEDBACK), "verdict"), "{{verdict}}")],
        stacked=True,
        width=6,
    ),
    bars(
        "Precision, by rule",
        "Of the alerts of a rule that people judged, the share that they confirmed. Few judgements say little.",
        "percentunit",
        [
            Query(
                f"({grown(RIGHT, 'rule')} or 0 * {grown(JUDGED, 'rule')}) / ({grown(JUDGED, 'rule')} > 0)",
                "{{rule}}",
                now=True,
            )
        ],
        steps=[(PRECISION_WANTED, GOOD)],
        base=BAD,
        bounds=(0, 1),
        width=6,
    ),
    graph(
        "Time to act",
        "From an alert's opening until what it warned of. Below a quarter of a minute nobody can act on it.",
        "s",
        [Query(quantile(0.5, LEAD), "median"), Query(quantile(0.1, LEAD), "nine of ten had at least")],
        width=6,
    ),
    bars(
        "What alerts warned of",
        "Alerts by what came: the conversation was handed over, or it ended badly while the alert stood.",
        "short",
        [Query(grown(here("warmline_alert_lead_seconds_count"), "outcome"), "{{outcome}}", now=True)],
        width=6,
    ),
    graph(
        "Contacts with an alert, by queue",
        "Of a queue's contacts that ended and in which the customer spoke, the share that had an alert, call-backs "
        "apart; and as a line of its own what the policy's alerts_per_100 allows. Queues that the policy does not name "
        "are (other).",
        "percentunit",
        [
            Query(
                share(
                    grown(here("warmline_queue_contacts_alerted_total"), "queue"),
                    grown(here("warmline_queue_contacts_total"), "queue"),
                ),
                "{{queue}}",
            ),
            Query(f"max by (queue) ({here('warmline_queue_alert_budget_ratio')})", "{{queue}}: budget"),
        ],
        runbooks=["WarmlineAlertsOverBudget"],
        width=24,
    ),
)

FRESH = (
    row("How fresh this is"),
    graph(
        "Age at publishing, p99",
        "How old the turn was when its result was published, for one in a hundred. Above the line these figures "
        "lag behind the conversations: see operations.",
        "s",
        [Query(quantile(0.99, of_service("warmline_event_age_seconds_bucket"), "service"), "{{service}}")],
        steps=[(LATE_S, BAD)],
        width=12,
        runbooks=["WarmlineEventAgeBurnsFast"],
    ),
    graph(
        "Turns that count",
        "Share of turns whose score is used: the others were in an unknown language, badly recognised or unclear.",
        "percentunit",
        [
            Query(
                f"1 - ({or_zero(rate(ABSTAINED))}) / ({rate(SCORED)} > 0)",
                "used",
            )
        ],
        bounds=(0, 1),
        width=12,
        runbooks=["WarmlineAbstainsMore"],
    ),
)


def build() -> Dashboard:
    """Return the dashboard."""
    panels = [*GLANCE, *MOOD, *MET, *ALERTS, *QUALITY, *FRESH]
    return framed(
        "warmline-experience",
        TITLE,
        "For whoever answers for the customers: mood, moments that needed empathy, effect, alerts and their quality.",
        panels,
        since="now-6h",
        refresh="1m",
    )
