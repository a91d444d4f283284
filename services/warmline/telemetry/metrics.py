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


LEAD_SECONDS = (5.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Buckets for how far ahead an alert was: within seconds nobody can act on it, beyond an hour it was luck."""


class Metrics:
    """Every metric of Warmline, made once per process on one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        # ---- the process ---------------------------------------------------------------------------------------
        # Always 1: what runs here. `model` is the one that scores, empty in services that have none; `revision` is the
        # commit that the image was built from, empty outside an image.
        self.build_info = Gauge(
            "warmline_build_info", "What runs here", ["service", "version", "revision", "model"], registry=registry
        )

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
        # The objective, exactly: of a large batch the histogram above sees evenly spaced outcomes only. Counted are the
        # outcomes that a record caused, not those of a due time, by whether they were more than half a second late.
        self.outcomes_timed = Counter(
            "warmline_outcomes_timed", "Outcomes of records, acknowledged", ["service", "late"], registry=registry
        )
        # Records that went to GROUP.dlq, by reason: not_json, wrong_schema, future_time, too_large and so on.
        self.dead_letters = Counter("warmline_dead_letters", "Dead letters", ["service", "reason"], registry=registry)

        # Records of the own partitions that are not done yet: from what the group has committed to the high watermark
        # that the broker told with its last fetch. Sum over instances. While a service holds its batch back it fetches
        # nothing, and the figure counts what it knew of; see warmline_paused.
        self.consumer_lag = Gauge(
            "warmline_consumer_lag", "Records behind the high watermark", ["service", "topic"], registry=registry
        )

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
        # 1 while an instance waits, in no group, since its service stopped at the dead-letter limit: until somebody has
        # looked and calls `warmline dlq resume`.
        self.stopped_at_limit = Gauge(
            "warmline_stopped_at_limit", "Waiting to be let go on", ["service"], registry=registry
        )
        self.retries = Counter(
            "warmline_retries", "Batches tried again for a transient fault", ["service"], registry=registry
        )
        # How long ago the service upstream had come as far as it has, in the partition where it is furthest behind. So
        # long waits what silence alone makes due: ends, missed moments, expiries. A few seconds are normal; it rises
        # while that service stands still or does not keep up.
        self.upstream_behind = Gauge(
            "warmline_upstream_behind_seconds", "Age of what is handled upstream", ["service"], registry=registry
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

        # What the store says of itself (INFO memory), asked for every half minute by every instance: take the largest,
        # never the sum. On a Cluster of the primary that is fullest, since each refuses writes by itself. NaN while it
        # does not answer.
        self.store_memory = Gauge("warmline_store_memory_bytes", "Memory that Redis uses", registry=registry)
        # Its `maxmemory`; 0 is none.
        self.store_memory_max = Gauge("warmline_store_memory_max_bytes", "Memory that Redis may use", registry=registry)

        # 1 where the store would evict states when it is full instead of refusing writes: its maxmemory-policy is not
        # `noeviction`. On a Cluster where any primary would. NaN while it does not answer.
        self.store_evicts = Gauge("warmline_store_evicts", "Whether Redis may drop states", registry=registry)

        # ---- what was heard ------------------------------------------------------------------------------------
        self.turns_scored = Counter("warmline_turns_scored", "Turns scored", ["role"], registry=registry)
        self.abstained = Counter("warmline_abstained", "Scores the services do not use", ["reason"], registry=registry)
        # Turns answered from the exact-text cache, without the encoder.
        self.cache_hits = Counter("warmline_score_cache_hits", "Turns answered by the cache", registry=registry)
        # Turns with words by what heard their text: `encoder`, or `cache` where the same text was heard before (or
        # earlier in the same batch). A batch that was held back and tried again is counted again.
        self.score_rung = Counter("warmline_score_rung", "Turns by what heard them", ["rung"], registry=registry)
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
        # Whether empathy worked: of moments that were met, the customer's next two turns against the drift before:
        # `better` and `worse` from a tenth of the scale of valence up (telemetry/outcomes.py), else `same`. Moments met
        # whose conversation ended before are in none: warmline_moments{outcome="met"} counts them all.
        self.moment_effect = Counter(
            "warmline_moment_effect", "Met moments by what came of it", ["effect"], registry=registry
        )
        # What people said of alerts, as escalation takes it in: once for each person's word, never for a repeat, nor
        # for an alert that nobody knows. Precision is confirmed / (confirmed + false_alarm).
        self.alert_feedback = Counter(
            "warmline_alert_feedback", "Words on alerts", ["rule", "verdict"], registry=registry
        )
        # From an alert's opening until what it warned of, by event time. What can be known without anybody's label:
        # `handed_over`, a supervisor came in, a bot's customer reached a human, or the conversation was transferred
        # (often because of the alert: then it is the time in which somebody acted); `ended_badly`, the conversation
        # ended while the alert stood at critical with the risk unresolved. Alerts that recovered, expired, were false
        # or ended at peace have no lead: nothing came.
        self.alert_lead = Histogram(
            "warmline_alert_lead_seconds",
            "From an alert's opening until what it warned of",
            ["outcome"],
            buckets=LEAD_SECONDS,
            registry=registry,
        )
        # Contacts that ended and in which the customer spoke, and those that had an alert (call-backs apart), by
        # queue: those that the policy names, and "(other)" for all others. And how large the share may be, where
        # `escalation.alerts_per_100` is set.
        self.queue_contacts = Counter("warmline_queue_contacts", "Contacts that ended", ["queue"], registry=registry)
        self.queue_alerted = Counter(
            "warmline_queue_contacts_alerted", "Contacts that ended and had an alert", ["queue"], registry=registry
        )
        self.queue_alert_budget = Gauge(
            "warmline_queue_alert_budget_ratio",
            "Share of contacts that may have an alert",
            ["queue"],
            registry=registry,
        )
        # Changes of strain, by kind and band. Never by agent.
        self.signals = Counter("warmline_wellbeing_signals", "Wellbeing signals", ["kind", "band"], registry=registry)
        # Agents by team of the policy and band of their newest signal; without one they count as calm. Of teams with at
        # least the policy's `group_min_agents` alone. The gateway tells it, which sees every agent's signals and so
        # counts whole teams: no instance ever tells a part of one, which below the least size would be a person's
        # figure, and which summed over instances would pass for a group. So take the largest over instances, never the
        # sum. There is none until a gateway's view has caught up. Never by agent.
        self.strain_agents = Gauge(
            "warmline_strain_agents", "Agents by team and band", ["team", "band"], registry=registry
        )
        # Moves by key of the policy's table; the step is given, renewed, or why it was withdrawn: `dismissed` often
        # means that the move is not a good one. Never by agent.
        self.assist_moves = Counter("warmline_assist_moves", "Steps of moves", ["move", "step"], registry=registry)

        self._of_the_gateway(registry)

    def _of_the_gateway(self, registry: CollectorRegistry) -> None:
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
