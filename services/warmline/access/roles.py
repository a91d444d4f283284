"""The roles that hold rights: every service, and the people and programs beside them."""

from dataclasses import dataclass

from warmline.contracts import topics
from warmline.contracts.services import SERVICES, Service, upstream_of
from warmline.contracts.topics import dead_letter_topic

STATEFUL = ("scoring", "windows", "escalation", "wellbeing", "assist")
"""Services whose state is in the store; each may touch its own keys alone."""

SHOWN = ("windows", "escalation", "wellbeing")
"""Those whose newest event the gateway shows."""

SENDER, OPERATOR, TOPICS = "sender", "operator", "topics"


@dataclass(frozen=True, slots=True)
class Role:
    """One user of the cluster.

    Attributes:
        name: Its name; users are called after it.
        about: What it is for.
        reads: Topics it consumes, without the deployment's prefix.
        writes: Topics it produces to.
        groups: Consumer groups that it joins or commits for, without the prefix.
        views: Beginning of group names under which it reads without joining; its client asks for their coordinator.
        transactions: Whether it may open transactions, under ids that begin with its name.
        creates: Whether it creates the topics of the declared list.
        store: Services whose keys it changes in the store.
        hears: Services of which it reads there how far they have come.
        looks: Services whose newest event it reads there, a key at a time.
        examines: Services whose whole states it reads there: the event, what is due and for how long it is kept.
        resumes: Services that it lets go on after a stop at the dead-letter limit.
    """

    name: str
    about: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    views: str = ""
    transactions: bool = False
    creates: bool = False
    store: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    examines: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()


def roles() -> dict[str, Role]:
    """Return every role by name, services first."""
    found = {service.name: _of_service(service) for service in SERVICES}
    found[SENDER] = Role(
        SENDER,
        "what feeds Warmline: turns, agents' states, feedback, survey answers",
        writes=(
            topics.CONVERSATION_EVENTS,
            topics.AGENT_STATES,
            topics.ESCALATION_FEEDBACK,
            topics.AGENT_ASSIST_FEEDBACK,
            topics.SURVEY_RESPONSES,
        ),
    )
    services = [service for service in SERVICES if service.grouped]
    letters = tuple(dead_letter_topic(service.name) for service in services)
    found[OPERATOR] = Role(
        OPERATOR,
        "people who look at dead letters, send them back, let a service go on, and look at states",
        reads=letters,
        writes=tuple(dict.fromkeys(topic for service in services for topic in service.reads)),
        groups=tuple(f"{letter}.{what}" for letter in letters for what in ("list", "replay")),
        examines=tuple(service.name for service in services if service.name in STATEFUL),
        resumes=tuple(service.name for service in services),
    )
    found[TOPICS] = Role(TOPICS, "what creates the topics: `warmline topics create`", creates=True)
    return found


def _of_service(service: Service) -> Role:
    name = service.name
    if not service.grouped:  # it reads every partition by itself, and has no dead letters
        return Role(name, f"the service {name}", service.reads, service.writes, views=f"{name}-view-", looks=SHOWN)
    before = upstream_of(name)
    return Role(
        name,
        f"the service {name}",
        service.reads,
        (*service.writes, dead_letter_topic(name)),
        groups=(name,),
        transactions=name != "wellbeing",
        store=(name,) if name in STATEFUL else (),
        hears=(before,) if before else (),
    )
