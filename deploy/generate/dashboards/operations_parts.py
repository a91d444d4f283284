"""Operations, below the flow: the loop, the store, the model, the gateway."""

from deploy.generate.dashboards.panels import BAD, WARN, graph, row
from deploy.generate.dashboards.queries import Query, here, of_service, or_zero, quantile, rate, shares

TURNS = here("warmline_turns_scored_total", 'role!="system"')

LOOP = (
    row("The loop of each service"),
    graph(
        "Where a batch's time goes, p99",
        "Time of each stage of a batch: process (decode, model, domain, store), publish, commit.",
        "s",
        [Query(quantile(0.99, of_service("warmline_stage_seconds_bucket"), "service, stage"), "{{service}} {{stage}}")],
    ),
    graph(
        "Batch size, median",
        "Records of one batch. It grows with the load, and makes each record cheaper.",
        "short",
        [Query(quantile(0.5, of_service("warmline_batch_size_bucket"), "service"), "{{service}}")],
    ),
    graph(
        "Loop last came round",
        "Seconds since each service's slowest instance was last seen at work. The line is where it counts as stuck.",
        "s",
        [
            Query(
                f"clamp_min(time() - min by (service) ({of_service('warmline_loop_seen_timestamp_seconds')}), 0)",
                "{{service}}",
            )
        ],
        steps=[(60, BAD)],
        runbooks=["WarmlineLoopStuck"],
    ),
    graph(
        "Partitions owned",
        "Partitions that the instances of a service own together. None: nobody reads for it.",
        "short",
        [Query(f"sum by (service) ({of_service('warmline_partitions_assigned')})", "{{service}}")],
        runbooks=["WarmlineNoPartitions"],
    ),
    graph(
        "Age of what is handled upstream",
        "How far back the service before each one has come. What silence makes due, such as an end, waits so long.",
        "s",
        [Query(f"max by (service) ({of_service('warmline_upstream_behind_seconds')})", "{{service}}")],
        steps=[(60, WARN)],
        runbooks=["WarmlineConsumerBehind"],
    ),
    graph(
        "Rebalances",
        "Assignments, revocations and losses a second. Rollouts and scaling bring them; what else does?",
        "cps",
        [Query(rate(of_service("warmline_rebalances_total"), "kind"), "{{kind}}")],
    ),
    graph(
        "Held back and tried again",
        "Instances that hold a batch back, and batches a second that were tried again: a dependency is away or slow. "
        "Instances that wait since their service stopped at the dead-letter limit.",
        "short",
        [
            Query(or_zero(f"sum ({of_service('warmline_paused')})"), "instances holding back"),
            Query(or_zero(rate(of_service("warmline_retries_total"))), "tried again, per second"),
            Query(or_zero(f"sum ({of_service('warmline_stopped_at_limit')})"), "instances stopped at the limit"),
        ],
        runbooks=["WarmlineHoldsBack", "WarmlineStoppedAtLimit"],
    ),
)

STORE = (
    row("Redis or Valkey"),
    graph(
        "Round trip, p99",
        "Time of one round trip to the store by what it is for. Above the line it slows every batch.",
        "s",
        [
            Query(
                quantile(0.99, of_service("warmline_store_seconds_bucket"), "service, operation"),
                "{{service}} {{operation}}",
            )
        ],
        steps=[(0.1, BAD)],
        runbooks=["WarmlineStoreSlow"],
    ),
    graph(
        "Memory",
        "Memory that the store uses, and its limit where one is set: there it refuses writes, and services wait.",
        "bytes",
        [
            Query(f"max ({here('warmline_store_memory_bytes')})", "used"),
            Query(f"max ({here('warmline_store_memory_max_bytes')}) > 0", "limit"),
            Query(
                f"max ({here('warmline_store_memory_max_bytes')}) * max ({here('warmline_store_evicts')})",
                "from where it drops states; 0: it refuses writes",
            ),
        ],
        runbooks=["WarmlineStoreMemory", "WarmlineStoreEvicts"],
    ),
    graph(
        "States held",
        "Conversations or agents in the services' caches, ended ones too: at most 50,000 a process, and none just "
        "after its partitions changed. What the store holds is not told here.",
        "short",
        [Query(f"sum by (service) ({of_service('warmline_live_states')})", "{{service}}")],
    ),
    graph(
        "Conflicts and repeats",
        "Lost compare-and-sets and outcomes that were sent again, a second. A few with a rebalance are usual.",
        "cps",
        [
            Query(or_zero(rate(of_service("warmline_store_conflicts_total"))), "conflicts"),
            Query(or_zero(rate(of_service("warmline_republished_total"))), "sent again"),
        ],
        width=12,
        runbooks=["WarmlineStoreConflicts"],
    ),
    graph(
        "Due times taken in",
        "Time-outs that fired a second: quiet conversations, moments that nobody answered, alerts that expire.",
        "cps",
        [Query(rate(of_service("warmline_timers_fired_total"), "service"), "{{service}}")],
        width=12,
    ),
)

MODEL = (
    row("The model"),
    graph(
        "Turns heard, by what heard them",
        "Turns a second that the encoder heard, and those whose words the cache knew.",
        "cps",
        [Query(rate(here("warmline_score_rung_total"), "rung"), "{{rung}}")],
        stacked=True,
    ),
    graph(
        "Turns scored, by who spoke",
        "Turns a second by role. A role that disappears is a change at the sender.",
        "cps",
        [Query(rate(here("warmline_turns_scored_total"), "role"), "{{role}}")],
    ),
    graph(
        "Abstained, by reason",
        "Share of turns whose score the services do not use, by why. The system's own lines are left out.",
        "percentunit",
        [
            Query(
                shares(rate(here("warmline_abstained_total", 'reason!="system_turn"'), "reason"), rate(TURNS)),
                "{{reason}}",
            )
        ],
        runbooks=["WarmlineAbstainsMore"],
    ),
    graph(
        "Abstained: last hour and week",
        "The same without reasons, by the recording rules. The alert wants twice the week's share, and 5 %.",
        "percentunit",
        [
            Query("warmline_abstention:ratio1h", "last hour"),
            Query("warmline_abstention:ratio7d", "last week"),
        ],
        steps=[(0.05, WARN)],
        width=12,
        runbooks=["WarmlineAbstainsMore"],
    ),
    graph(
        "Drift of valence",
        "Widest gap between today's distribution of customers' valence and the week's: 0 is the same.",
        "percentunit",
        [Query("warmline_valence:gap", "gap")],
        steps=[(0.1, WARN)],
        width=12,
        runbooks=["WarmlineValenceDrifts"],
    ),
)

GATEWAY = (
    row("The gateway"),
    graph(
        "Answers, by status",
        "HTTP answers a second by status.",
        "reqps",
        [Query(rate(here("warmline_gateway_requests_total"), "status"), "{{status}}")],
        stacked=True,
    ),
    graph(
        "Time to the answer, p99",
        "From a request's head to the answer's, by operation.",
        "s",
        [Query(quantile(0.99, here("warmline_gateway_request_seconds_bucket"), "operation"), "{{operation}}")],
    ),
    graph(
        "Items taken in",
        "Turns, starts and ends a second by what became of them. Unavailable: answered 503, the sender tries again.",
        "cps",
        [Query(rate(here("warmline_gateway_items_total"), "outcome"), "{{outcome}}")],
        runbooks=["WarmlineGatewayTurnsAway"],
    ),
    graph(
        "Wait for the broker, p99",
        "From producing a request's turns to the broker's acknowledgement of the last.",
        "s",
        [Query(quantile(0.99, here("warmline_gateway_ack_seconds_bucket")), "acknowledged")],
    ),
    graph(
        "Turned away",
        "Requests refused a second, by reason. Many `unknown` or `signature` ones are somebody who tries keys.",
        "cps",
        [Query(rate(here("warmline_gateway_refused_total"), "reason"), "{{reason}}")],
    ),
    graph(
        "Listeners and view",
        "Open event streams and WebSockets, and conversations that the gateway has in view.",
        "short",
        [
            Query(f"sum ({here('warmline_gateway_readers')})", "event streams"),
            Query(f"sum ({here('warmline_gateway_sockets')})", "WebSockets"),
            Query(f"max ({here('warmline_gateway_view_conversations')})", "conversations in view"),
        ],
    ),
)
