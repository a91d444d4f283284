"""Operations: does it flow, how old is what comes out, and if not, where does it stand."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.generate.dashboards.frame import framed
from deploy.generate.dashboards.operations_parts import GATEWAY, LOOP, MODEL, STORE
from deploy.generate.dashboards.panels import BAD, GOOD, WARN, figure, graph, row
from deploy.generate.dashboards.queries import LATE_S, SERVICE, Query, grown, of_service, or_zero, quantile, rate, share

TITLE = "Warmline: operations"
AGE = "warmline_event_age_seconds"
TIMED = "warmline_outcomes_timed_total"
SCORERS = of_service("warmline_build_info", 'model!=""')
WAITING = f"sum by (service) ({of_service('warmline_consumer_lag')})"
BUDGET = 0.01
"""Share of late outcomes that the objective allows: 99 % in time."""

GLANCE = (
    figure(
        "Instances",
        "Instances that answer Prometheus. Fewer than you run: look at the pods.",
        "short",
        Query(f"count ({of_service('warmline_build_info')})", "instances", now=True),
        steps=[(1, GOOD)],
        base=BAD,
        runbooks=["WarmlineInstanceDown", "WarmlineServiceMissing"],
    ),
    figure(
        "In time",
        "Share of what turns caused that the broker acknowledged within 0.5 s of taking the turn, over the time looked "
        "at. The objective is 99 %.",
        "percentunit",
        Query(share(grown(of_service(TIMED, 'late="no"')), grown(of_service(TIMED))), "in time", now=True),
        steps=[(0.9, WARN), (1 - BUDGET, GOOD)],
        base=BAD,
        decimals=2,
        runbooks=["WarmlineEventAgeBurnsFast", "WarmlineEventAgeBurnsSlowly"],
    ),
    figure(
        "Records waiting",
        "Records that all services together have still to read and commit.",
        "short",
        Query(f"sum ({of_service('warmline_consumer_lag')})", "waiting", now=True),
        steps=[(1000, WARN), (10000, BAD)],
        runbooks=["WarmlineConsumerBehind"],
    ),
    figure(
        "Dead letters",
        "Records that were refused within the time looked at. All are kept: `warmline dlq list SERVICE`.",
        "short",
        Query(or_zero(grown(of_service("warmline_dead_letters_total"))), "refused", now=True),
        steps=[(1, WARN), (100, BAD)],
        decimals=0,
        runbooks=["WarmlineDeadLetters"],
    ),
    figure(
        "Holding back",
        "Instances that hold their batch and wait for Kafka or Redis.",
        "short",
        Query(or_zero(f"sum ({of_service('warmline_paused')})"), "instances", now=True),
        steps=[(1, BAD)],
        runbooks=["WarmlineHoldsBack"],
    ),
    figure(
        "What runs",
        "Instances by version and by the model that scores. Two rows of a kind are a rollout that has not ended.",
        "short",
        Query(
            f"count by (version, revision, model) ({SCORERS})",
            "{{version}} {{revision}} model {{model}}",
            now=True,
        ),
    ),
)

FLOW = (
    row("Flow: rate, errors, age"),
    graph(
        "Records read",
        "Records a second that each service took from Kafka, whatever became of them.",
        "cps",
        [Query(rate(of_service("warmline_records_total"), "service"), "{{service}}")],
        runbooks=["WarmlineNoPartitions", "WarmlineConsumerStuck"],
    ),
    graph(
        "Records not applied",
        "Records a second by why they changed nothing: duplicates and partial turns are usual, late ones and dead "
        "letters are not.",
        "cps",
        [
            Query(
                rate(of_service("warmline_records_total", 'outcome!="applied"'), "service, outcome"),
                "{{service}}: {{outcome}}",
            )
        ],
        runbooks=["WarmlineDeadLetters", "WarmlineDeadLettersNearLimit"],
    ),
    graph(
        "Events published",
        "Events a second that the broker acknowledged, by type.",
        "cps",
        [Query(rate(of_service("warmline_published_total"), "type"), "{{type}}")],
    ),
    graph(
        "Age at publishing, p99",
        "How old the turn was when what it caused was acknowledged, for one in a hundred. The line is the objective.",
        "s",
        [Query(quantile(0.99, of_service(f"{AGE}_bucket"), "service"), "{{service}}")],
        steps=[(LATE_S, BAD)],
        runbooks=["WarmlineEventAgeBurnsFast"],
    ),
    graph(
        "Age at publishing, median",
        "The same for every second event. The median rises with the load, the p99 with pauses.",
        "s",
        [Query(quantile(0.5, of_service(f"{AGE}_bucket"), "service"), "{{service}}")],
        steps=[(LATE_S, BAD)],
    ),
    graph(
        "Budget burnt, last hour",
        "Late share of the last hour over the share that is allowed: 1 uses up a month's budget in a month.",
        "short",
        [Query(f"service:warmline_event_age:late_ratio1h{{{SERVICE}}} / {BUDGET}", "{{service}}")],
        steps=[(3, WARN), (14.4, BAD)],
        runbooks=["WarmlineEventAgeBurnsFast", "WarmlineEventAgeBurnsSlowly"],
    ),
    graph(
        "Records waiting, by topic",
        "Records of each topic that its readers have not committed yet. Steady is a matter of size, rising of speed.",
        "short",
        [Query(f"sum by (service, topic) ({of_service('warmline_consumer_lag')})", "{{service}} on {{topic}}")],
        steps=[(1000, WARN)],
        runbooks=["WarmlineConsumerBehind", "WarmlineConsumerStuck"],
    ),
    graph(
        "Dead letters, by reason",
        "Records a second that were refused, by reason. A service stops itself when half of what it reads is refused.",
        "cps",
        [Query(f"{rate(of_service('warmline_dead_letters_total'), 'service, reason')} > 0", "{{service}}: {{reason}}")],
        runbooks=["WarmlineDeadLetters", "WarmlineDeadLettersNearLimit"],
    ),
    graph(
        "Time to read what waits",
        "How long each service needs at its present pace for the records that wait. Above the line it is behind.",
        "s",
        [
            Query(
                f"({WAITING} > 0) / ({rate(of_service('warmline_records_total'), 'service')} or 0 * {WAITING})"
                f" or {WAITING} == 0",
                "{{service}}",
            )
        ],
        steps=[(60, WARN)],
        runbooks=["WarmlineConsumerBehind"],
    ),
)


def build() -> Dashboard:
    """Return the dashboard."""
    panels = [*GLANCE, *FLOW, *LOOP, *STORE, *MODEL, *GATEWAY]
    return framed(
        "warmline-operations",
        TITLE,
        "For whoever runs Warmline: whether records flow, how old results are, and where it stands if not.",
        panels,
        since="now-1h",
        refresh="30s",
    )
