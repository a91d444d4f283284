"""What a recording holds: the events a service can be given, each with a time."""

from typing import TypeAlias

from warmline.contracts.agent_state import AgentState
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.score import ScoredTurn
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn

Recorded: TypeAlias = (
    Turn
    | ConversationStarted
    | ConversationEnded
    | AgentState
    | AlertFeedback
    | AssistFeedback
    | SurveyResponse
    | ScoredTurn
)
"""Any event that a recording may hold."""


class UnreadableError(ValueError):
    """A piece of a recording is not what its format says; the message tells what is wrong with it."""
