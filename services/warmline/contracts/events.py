"""The registry: which type names exist, which struct each has, and on which topic it travels."""

from msgspec import Struct

from warmline.contracts.agent_state import AgentState
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.score import ScoredTurn
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.contracts.window import ConversationWindow

CONVERSATION_TURN = "conversation.turn"
CONVERSATION_STARTED = "conversation.started"
CONVERSATION_ENDED = "conversation.ended"
CONVERSATION_SCORED = "conversation.scored"
CONVERSATION_WINDOW = "conversation.window"
CONVERSATION_SUMMARY = "conversation.summary"
ESCALATION_ALERT = "escalation.alert"
ESCALATION_FEEDBACK = "escalation.feedback"
AGENT_STATE = "agent.state"
SURVEY_RESPONSE = "survey.response"
AGENT_WELLBEING = "agent.wellbeing"
AGENT_ASSIST = "agent.assist"
AGENT_ASSIST_FEEDBACK = "assist.feedback"

STRUCT_OF_TYPE: dict[str, type[Struct]] = {
    CONVERSATION_TURN: Turn,
    CONVERSATION_STARTED: ConversationStarted,
    CONVERSATION_ENDED: ConversationEnded,
    CONVERSATION_SCORED: ScoredTurn,
    CONVERSATION_WINDOW: ConversationWindow,
    CONVERSATION_SUMMARY: ConversationSummary,
    ESCALATION_ALERT: EscalationAlert,
    ESCALATION_FEEDBACK: AlertFeedback,
    AGENT_STATE: AgentState,
    SURVEY_RESPONSE: SurveyResponse,
    AGENT_WELLBEING: WellbeingSignal,
    AGENT_ASSIST: AssistMove,
    AGENT_ASSIST_FEEDBACK: AssistFeedback,
}
"""CloudEvents type name to the struct of its value."""
