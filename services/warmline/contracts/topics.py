"""The one declared list of topics: what travels on each, how it is partitioned, how long it is kept."""

from dataclasses import dataclass

from warmline.contracts import events

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DEFAULT_PARTITIONS = 12  # divides the 48 buckets of the store; twelve instances of a service can share the work

CONVERSATION_EVENTS = "conversation.events"
CONVERSATION_SCORES = "conversation.scores"
CONVERSATION_WINDOWS = "conversation.windows"
CONVERSATION_SUMMARIES = "conversation.summaries"
ESCALATION_ALERTS = "escalation.alerts"
ESCALATION_FEEDBACK = "escalation.feedback"
AGENT_STATES = "agent.states"
AGENT_WELLBEING = "agent.wellbeing"
AGENT_ASSIST = "agent.assist"
AGENT_ASSIST_FEEDBACK = "agent.assist.feedback"
SURVEY_RESPONSES = "survey.responses"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        name: Its name, without the deployment's prefix.
        key: What the record key is: co-partitioned topics share it.
        types: CloudEvents types that travel on it.
        retention_ms: How long records are kept, ms.
        compacted: True where only the newest record of a key matters after a while.
        about: One line for the AsyncAPI document and the README.
    """

    name: str
    key: str
    types: tuple[str, ...]
    retention_ms: int
    compacted: bool
    about: str


TOPICS: tuple[Topic, ...] = (
    Topic(
        CONVERSATION_EVENTS,
        "conversation_id",
        (events.CONVERSATION_TURN, events.CONVERSATION_STARTED, events.CONVERSATION_ENDED),
        3 * DAY_MS,  # the customer's words: long enough to replay a weekend, no longer
        compacted=False,
        about="Turns as they are spoken, starts and ends of conversations. Text is here and on scoring.dlq alone.",
    ),
    Topic(
        CONVERSATION_SCORES,
        "conversation_id",
        (events.CONVERSATION_SCORED, events.CONVERSATION_STARTED, events.CONVERSATION_ENDED),
        7 * DAY_MS,
        compacted=False,
        about="What the model heard in each turn; starts and ends pass through in order.",
    ),
    Topic(
        CONVERSATION_WINDOWS,
        "conversation_id",
        (events.CONVERSATION_WINDOW,),
        7 * DAY_MS,
        compacted=False,
        about="How each conversation stands after each turn.",
    ),
    Topic(
        CONVERSATION_SUMMARIES,
        "conversation_id",
        (events.CONVERSATION_SUMMARY,),
        30 * DAY_MS,
        compacted=False,
        about="What became of each conversation, once it has ended.",
    ),
    Topic(
        ESCALATION_ALERTS,
        "conversation_id",
        (events.ESCALATION_ALERT,),
        30 * DAY_MS,
        compacted=False,
        about="Alerts as they open, change and close.",
    ),
    Topic(
        ESCALATION_FEEDBACK,
        "conversation_id",
        (events.ESCALATION_FEEDBACK,),
        30 * DAY_MS,
        compacted=False,
        about="What people made of the alerts.",
    ),
    Topic(
        AGENT_STATES,
        "agent_id",
        (events.AGENT_STATE,),
        7 * DAY_MS,
        compacted=False,
        about="What agents are doing: contacts, breaks, offline.",
    ),
    Topic(
        AGENT_WELLBEING,
        "agent_id",
        (events.AGENT_WELLBEING,),
        30 * DAY_MS,
        compacted=False,
        about="Changes in an agent's strain, for the agent first.",
    ),
    Topic(
        AGENT_ASSIST,
        "conversation_id",
        (events.AGENT_ASSIST,),
        DAY_MS,
        compacted=False,
        about="One short move at a time for the agent.",
    ),
    Topic(
        AGENT_ASSIST_FEEDBACK,
        "conversation_id",
        (events.AGENT_ASSIST_FEEDBACK,),
        30 * DAY_MS,
        compacted=False,
        about="Which moves agents dismissed.",
    ),
    Topic(
        SURVEY_RESPONSES,
        "conversation_id",
        (events.SURVEY_RESPONSE,),
        30 * DAY_MS,
        compacted=False,
        about="What customers answered when asked.",
    ),
)
"""Every topic of Warmline but the dead letters, which are one a consumer group: `GROUP.dlq`."""

DEAD_LETTER_RETENTION_MS = 14 * DAY_MS  # two weeks to look, mend and replay
DEAD_LETTER_PARTITIONS = 1  # few records, read by people


def dead_letter_topic(group: str) -> str:
    """Return the name of a consumer group's dead-letter topic."""
    return f"{group}.dlq"


KEPT_MS = {topic.name: topic.retention_ms for topic in TOPICS}
"""How long records of each topic are kept, ms."""
