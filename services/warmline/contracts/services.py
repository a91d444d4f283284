"""The one declared list of services: which topics each consumer group reads and writes, for the AsyncAPI document."""

from dataclasses import dataclass

from warmline.contracts import topics


@dataclass(frozen=True, slots=True)
class Service:
    """One service of Warmline.

    Attributes:
        name: Its folder, its consumer group (without the deployment's prefix) and the end of its `ce_source`.
        reads: Topics it consumes.
        writes: Topics it publishes on; its dead letters come on top.
        about: One line for the AsyncAPI document.
        grouped: Whether it reads as a consumer group and so has dead letters; else each instance reads everything.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    about: str
    grouped: bool = True

    @property
    def source(self) -> str:
        """The CloudEvents source of what it publishes."""
        return f"warmline/{self.name}"


SERVICES: tuple[Service, ...] = (
    Service(
        "scoring",
        (topics.CONVERSATION_EVENTS,),
        (topics.CONVERSATION_SCORES,),
        "Hears what each turn expresses and does, in one model pass.",
    ),
    Service(
        "windows",
        (topics.CONVERSATION_SCORES,),
        (topics.CONVERSATION_WINDOWS, topics.CONVERSATION_SUMMARIES),
        "Keeps each conversation's mood, moments and empathy, and sums it up at its end.",
    ),
    Service(
        "escalation",
        (topics.CONVERSATION_WINDOWS, topics.ESCALATION_FEEDBACK),
        (topics.ESCALATION_ALERTS,),
        "Says which conversation is about to go wrong, and what to do about it.",
    ),
    Service(
        "wellbeing",
        (topics.CONVERSATION_WINDOWS, topics.AGENT_STATES),
        (topics.AGENT_WELLBEING,),
        "Accounts for the strain that hard contacts put on each agent.",
    ),
    Service(
        "assist",
        (topics.CONVERSATION_WINDOWS, topics.AGENT_ASSIST_FEEDBACK),
        (topics.AGENT_ASSIST,),
        "Gives whoever answers one short move at a time, about what is missing now.",
    ),
    Service(
        "gateway",
        (
            topics.CONVERSATION_WINDOWS,
            topics.CONVERSATION_SUMMARIES,
            topics.ESCALATION_ALERTS,
            topics.AGENT_ASSIST,
            topics.AGENT_WELLBEING,
            topics.CONVERSATION_EVENTS,
        ),
        (topics.CONVERSATION_EVENTS, topics.ESCALATION_FEEDBACK, topics.AGENT_ASSIST_FEEDBACK),
        "Takes turns and feedback in over HTTP and shows what comes out. Reads words only if the policy quotes them.",
        grouped=False,
    ),
)
"""Every service that exists."""


def upstream_of(name: str) -> str | None:
    """Return the consumer group that writes the first topic of a service; None where it comes from outside."""
    first = {service.name: service.reads[0] for service in SERVICES}[name]
    writers = [service.name for service in SERVICES if service.grouped and first in service.writes]
    return writers[0] if writers else None


def is_followed(name: str) -> bool:
    """Say whether a consumer group reads first what a service writes."""
    return any(service.grouped and upstream_of(service.name) == name for service in SERVICES)
