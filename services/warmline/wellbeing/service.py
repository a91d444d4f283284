"""wellbeing: which topics it reads, its domain made from the policy, and the one service that runs on Faust."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, get_args

from confluent_kafka import KafkaException

from warmline.bus.deadline import Deadline
from warmline.bus.loop import HOLD_POLL_S
from warmline.bus.record import TransientError
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.contracts.wellbeing import Band, SignalKind
from warmline.policy.model import Policy
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.outcomes import OutcomeCounter
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.patience import Patience
from warmline.wellbeing.store_bridge import AgentHandler
from warmline.wiring import (
    Parts,
    build_limit_stop,
    build_processor,
    build_store,
    build_upstream,
    partitions_reader,
    wall_ms,
)

log = logging.getLogger(__name__)

READS = (CONVERSATION_WINDOWS, AGENT_STATES)
SERVICE = "wellbeing"
MS = 1000
LEAVE_S = 2.0  # for leaving the group, whatever came before: else its partitions wait for the session time-out


def build_domain(policy: Policy) -> WellbeingDomain:
    """Return the domain as the policy sets it."""
    return WellbeingDomain(policy.wellbeing, policy.version)


def build_handler(parts: Parts, partitions: dict[str, int]) -> AgentHandler:
    """Return the handler over the store."""
    domain = build_domain(parts.policy)
    begin_at_zero(parts.metrics.signals, get_args(SignalKind), get_args(Band))
    store = build_store(parts, SERVICE)
    processor = build_processor(parts, domain, store)
    parts.metrics.live_states.labels(SERVICE).set_function(lambda: processor.live_states)
    return AgentHandler(
        domain=domain,
        processor=processor,
        store=store,
        partitions=partitions,
        future_tolerance_s=parts.policy.scoring.future_tolerance_s,
        now_ms=wall_ms,
        count=OutcomeCounter(SERVICE, parts.metrics, wall_ms),
        upstream=build_upstream(parts, SERVICE, store),
    )


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    if parts.settings.kafka_extra:
        log.warning("WARMLINE_KAFKA_EXTRA holds librdkafka settings: Faust does not take them")
    if parts.settings.delivery == "transactional":
        log.warning("wellbeing delivers at least once, with ids by which a consumer can tell what it has had")
    asyncio.run(_run(parts))


async def _run(parts: Parts) -> None:
    from mode import CrashingSupervisor  # noqa: PLC0415 # Faust and its kin read the environment when imported

    from warmline.wellbeing.faust_app import build_app  # noqa: PLC0415
    from warmline.wellbeing.faust_publisher import FaustPublisher  # noqa: PLC0415
    from warmline.wellbeing.intake import Intake  # noqa: PLC0415
    from warmline.wellbeing.pump import Pump  # noqa: PLC0415

    settings = parts.settings
    worker = ThreadPoolExecutor(1, thread_name_prefix=SERVICE)
    partitions = await _partitions(parts, worker)
    gate = build_limit_stop(parts, SERVICE).await_lifted
    await asyncio.get_running_loop().run_in_executor(worker, gate)
    if parts.stop.is_set():
        return
    app = build_app(settings, settings.topic_prefix + SERVICE)
    intake = Intake(app, settings.topic_prefix, settings.batch_max, settings.batch_wait_ms / MS)
    topic = app.topic(*(settings.topic_prefix + name for name in READS), acks=False, value_serializer="raw")
    app.agent(topic, name=SERVICE, supervisor_strategy=CrashingSupervisor)(intake.feed)
    patience = Patience(app, parts, SERVICE)
    pump = Pump(
        app=app,
        intake=intake,
        handler=build_handler(parts, partitions),
        publisher=FaustPublisher(app, SERVICE, settings.topic_prefix, parts.traces),
        parts=parts,
        patience=patience,
        worker=worker,
    )
    try:
        await patience.meanwhile(app.start())
        await pump.run()
    finally:
        await _leave(app, max(LEAVE_S, patience.stop_by().left_s))
        worker.shutdown(wait=False, cancel_futures=True)


async def _leave(app: Any, within_s: float) -> None:
    """Stop Faust, which leaves the group first; where that takes too long, stop the rest and leave it at that."""
    leaving = asyncio.ensure_future(app.stop())
    await asyncio.wait({leaving}, timeout=within_s)
    if leaving.done():
        leaving.result()
        return
    log.warning("Faust did not stop in time; what was done is committed")
    late = Deadline.after(LEAVE_S, time.monotonic)
    while not (leaving.done() or late.passed):
        leaving.cancel()  # Faust takes it as the order to go on with the next thing that it has to stop
        await asyncio.wait({leaving}, timeout=HOLD_POLL_S)


async def _partitions(parts: Parts, worker: ThreadPoolExecutor) -> dict[str, int]:
    """Return each topic's number of partitions, once the broker answers and knows the topics."""
    loop = asyncio.get_running_loop()
    read = partitions_reader(parts.settings)
    patience = Patience(None, parts, SERVICE)

    async def count(topic: str) -> int:
        try:
            return await loop.run_in_executor(worker, read, topic)
        except KafkaException as error:
            raise TransientError(f"cannot read the topics: {error}") from error

    return {topic: await patience.until_done("topics", partial(count, topic)) for topic in READS}
