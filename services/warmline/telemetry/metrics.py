"""The list of all metrics. Dashboards, alert rules and docs may use only names from here, and a test says so.

Labels are few and closed: a service, a topic type, a reason. Never a conversation, a customer or an agent.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Buckets for one step inside a service: from a Redis round trip to a stall."""

AGE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Buckets for the age of an event: fine around the half second we promise, coarse where we are catching up."""

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 5000)
"""Buckets for the size of a batch."""


class Metrics:
    """Every metric of Warmline, made once per process on one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        # ---- the flow ------------------------------------------------------------------------------------------
        # Records taken from Kafka, by what became of them: applied, duplicate, late, ignored, dead_letter.
        self.records = Counter(
            "warmline_records", "Records read, by outcome", ["service", "outcome"], registry=registry
        )
        # Events handed to Kafka and acknowledged, by CloudEvents type.
        self.published = Counter("warmline_published", "Events acknowledged", ["service", "type"], registry=registry)
        # Age of a turn when what it caused was acknowledged by the broker, from when the broker took the turn.
        self.event_age = Histogram(
            "warmline_event_age_seconds",
            "From the broker taking a turn to the broker acknowledging its outcome",
            ["service"],
            buckets=AGE_SECONDS,
            registry=registry,
        )
        # Records that went to GROUP.dlq, by reason: not_json, wrong_schema, future_time, too_large and so on.
        self.dead_letters = Counter("warmline_dead_letters", "Dead letters", ["service", "reason"], registry=registry)

        # ---- the loop ------------------------------------------------------------------------------------------
        self.batch_size = Histogram(
            "warmline_batch_size", "Records of one batch", ["service"], buckets=SIZES, registry=registry
        )
        # Where a batch's time goes: process (decode, model, domain, store), publish (produce and await), commit.
        self.stage_seconds = Histogram(
            "warmline_stage_seconds",
            "Time of one stage of a batch",
            ["service", "stage"],
            buckets=FAST_SECONDS,
            registry=registry,
        )
        # Partitions this instance owns; a service none of whose instances owns one is idle or stuck.
        self.assigned = Gauge("warmline_partitions_assigned", "Partitions owned", ["service"], registry=registry)
        self.rebalances = Counter(
            "warmline_rebalances", "Assignments, revocations and losses", ["service", "kind"], registry=registry
        )
        # 1 while a dependency is away and the service holds its batch and keeps polling.
        self.paused = Gauge("warmline_paused", "Holding a batch back", ["service"], registry=registry)
        self.retries = Counter(
            "warmline_retries", "Batches tried again for a transient fault", ["service"], registry=registry
        )
        # Unix time at which the loop last came round: the age of it is the liveness check.
        self.loop_seen = Gauge(
            "warmline_loop_seen_timestamp_seconds", "Loop last came round", ["service"], registry=registry
        )

        # ---- the store -----------------------------------------------------------------------------------------
        self.store_seconds = Histogram(
            "warmline_store_seconds",
            "One round trip to Redis",
            ["service", "operation"],
            buckets=FAST_SECONDS,
            registry=registry,
        )
        # Writes that found another version: a rebalance or a second owner; the state was loaded and applied again.
        self.conflicts = Counter("warmline_store_conflicts", "Lost compare-and-sets", ["service"], registry=registry)
        # Outcomes published again because nobody knew whether they had been acknowledged.
        self.republished = Counter("warmline_republished", "Outcomes sent again", ["service"], registry=registry)
        self.timers_fired = Counter("warmline_timers_fired", "Due times taken in", ["service"], registry=registry)
        # States held in this process's cache: conversations or agents live here.
        self.live_states = Gauge("warmline_live_states", "States in the cache", ["service"], registry=registry)

        # ---- what was heard ------------------------------------------------------------------------------------
        self.turns_scored = Counter("warmline_turns_scored", "Turns scored", ["role"], registry=registry)
        self.abstained = Counter("warmline_abstained", "Scores the services do not use", ["reason"], registry=registry)
        # Turns answered from the exact-text cache, without the encoder.
        self.cache_hits = Counter("warmline_score_cache_hits", "Turns answered by the cache", registry=registry)
        # Customer valence as scored: a drift of this distribution is a drift of the model or of the customers.
        self.valence = Histogram(
            "warmline_customer_valence",
            "Valence of scored customer turns",
            buckets=(-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
            registry=registry,
        )

        # ---- what came of it -----------------------------------------------------------------------------------
        # Moments as they end: met, missed, moot.
        self.moments = Counter("warmline_moments", "Moments that ended", ["outcome"], registry=registry)
        self.alerts = Counter("warmline_alerts", "Steps of alerts", ["state", "severity", "rule"], registry=registry)
        # Changes of strain, by kind and band. Never by agent.
        self.signals = Counter("warmline_wellbeing_signals", "Wellbeing signals", ["kind", "band"], registry=registry)
        # Moves by key of the policy's table; the step is given, renewed, or why it was withdrawn: `dismissed` often
        # means that the move is not a good one. Never by agent.
        self.assist_moves = Counter("warmline_assist_moves", "Steps of moves", ["move", "step"], registry=registry)

        # ---- the gateway ---------------------------------------------------------------------------------------
        # Answers, by operation of the OpenAPI document (`other` for what is none) and HTTP status.
        self.gateway_requests = Counter(
            "warmline_gateway_requests", "HTTP answers", ["operation", "status"], registry=registry
        )
        # Until an answer began: of the event stream until it was open.
        self.gateway_seconds = Histogram(
            "warmline_gateway_request_seconds",
            "From a request's head to the answer's",
            ["operation"],
            buckets=FAST_SECONDS,
            registry=registry,
        )
        # Turns, starts and ends that came in, by what became of them: accepted, invalid, unavailable (answered 503).
        self.gateway_items = Counter("warmline_gateway_items", "Items taken in", ["outcome"], registry=registry)
        # From producing a request's turns to the broker's acknowledgement of the last.
        self.gateway_ack_seconds = Histogram(
            "warmline_gateway_ack_seconds", "Wait for the broker", buckets=FAST_SECONDS, registry=registry
        )
        # Requests turned away: missing, unknown, expired, wrong_token, unavailable, scope, csrf, rate, signature.
        self.gateway_refused = Counter("warmline_gateway_refused", "Turned away", ["reason"], registry=registry)
        self.gateway_feedback = Counter("warmline_gateway_feedback", "Feedback given", ["verdict"], registry=registry)
        self.gateway_sockets = Gauge("warmline_gateway_sockets", "WebSockets open", registry=registry)
        self.gateway_readers = Gauge("warmline_gateway_readers", "Event streams open", registry=registry)
        # Event streams that were cut because their reader was too far behind.
        self.gateway_slow_readers = Counter("warmline_gateway_slow_readers", "Readers let go", registry=registry)
        self.gateway_view = Gauge("warmline_gateway_view_conversations", "Conversations in view", registry=registry)
