"""Severity, hard cues, and what a router is told to do about them."""

from collections.abc import Iterable

from warmline.contracts.alert import Action, Routing, Severity
from warmline.contracts.window import ConversationWindow
from warmline.escalation.policy import EscalationPolicy, HardCue
from warmline.escalation.risk import MILLI, Measures
from warmline.escalation.state import EscalationState, OpenAlert

SEVERITIES: tuple[Severity, ...] = ("watch", "warning", "critical")
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
WATCH, WARNING, CRITICAL = range(3)

RISK = "risk"
CALL_BACK = "call_back"
"""Rules that are not hard cues."""

SELF_HARM = "self_harm"
"""The hard cue that is no label of the codebook: scores have a field of its own for it."""

PERSONS = frozenset({"agent", "supervisor"})
"""Roles of people who answer."""


def severity_by_risk(risk: int, measures: Measures) -> int:
    """Return the severity that a risk in thousandths speaks for; watch is also what is under every threshold."""
    if risk >= measures.critical_at:
        return CRITICAL
    return WARNING if risk >= measures.warning_at else WATCH


def hard_cue(policy: EscalationPolicy, cue: str) -> HardCue | None:
    """Return how the policy treats a cue that opens alerts at once, or None where it leaves it to the risk."""
    return getattr(policy.hard_cues, cue, None)


def rank_of_cue(policy: EscalationPolicy, cue: str) -> int:
    """Return the severity of a hard cue; watch where the policy no longer treats it as one."""
    treatment = hard_cue(policy, cue)
    return WATCH if treatment is None else RANK[treatment.severity]


def gravest_first(cues: Iterable[str], policy: EscalationPolicy) -> list[str]:
    """Sort hard cues: what endangers a life before all, then by severity; else as they come."""
    return sorted(cues, key=lambda cue: (cue != SELF_HARM, -rank_of_cue(policy, cue)))


def hard_cues_now(window: ConversationWindow, state: EscalationState, policy: EscalationPolicy) -> list[str]:
    """Return the hard cues that this window brings, gravest first."""
    heard = window.heard
    if heard is None:
        return []
    if heard.role == "bot":  # whatever its words were scored: it answers
        asked = _asked_the_bot(window, state) and _opens("asks_human", window.distress, window, policy)
        return ["asks_human"] if asked else []
    if heard.role != "customer" or heard.abstained is not None:
        return []
    told = (SELF_HARM, *heard.cues) if heard.self_harm else heard.cues
    # By the turn's own distress: the window's is that of a newer turn where this one came late.
    return gravest_first([cue for cue in told if _opens(cue, heard.distress, window, policy)], policy)


def _asked_the_bot(window: ConversationWindow, state: EscalationState) -> bool:
    """Tell whether the bot that answers now was asked for a person before.

    Who asked before anyone had answered asked the bot that is the first to do so, however many messages came between.
    """
    asked_at = state.cues.get("asks_human")
    return asked_at is not None and (window.agent_turns == 1 or asked_at == window.customer_turns)


def _opens(cue: str, distress: float, window: ConversationWindow, policy: EscalationPolicy) -> bool:
    treatment = hard_cue(policy, cue)
    if treatment is None or distress < treatment.distress_min:
        return False
    if cue == "asks_human":
        return window.agent_role == "bot"
    return cue != "asks_supervisor" or window.agent_role != "supervisor"


def act_within_ms(alert: OpenAlert, role: str | None, policy: EscalationPolicy) -> int:
    """Return how soon the alert as it stands wants to be acted on."""
    return _route(alert, role, policy)[2] * MILLI


def routing_of(alert: OpenAlert, role: str | None, policy: EscalationPolicy) -> Routing:
    """Return what a router is told while the alert is open."""
    action, skill, _ = _route(alert, role, policy)
    return Routing(action=action, skill=skill, handoff=action == "transfer_to_human", act_by=alert.act_by)


def _route(alert: OpenAlert, role: str | None, policy: EscalationPolicy) -> tuple[Action, str, int]:
    """Return action, skill and seconds: the gravest cue's own, unless the risk has made the alert graver still."""
    routes = policy.routes
    if alert.rule == CALL_BACK:
        route = routes.call_back
        skill = policy.hard_cues.self_harm.skill if SELF_HARM in alert.cues else route.skill
        return route.action, skill, route.act_within_s
    cue = hard_cue(policy, alert.cues[0]) if alert.cues else None
    if role == "bot":
        bot = routes.bot
        if cue is None:
            return bot.action, bot.skill, bot.act_within_s
        return bot.action, cue.skill, min(cue.act_within_s, bot.act_within_s)
    if cue is not None and RANK[cue.severity] >= alert.severity:
        return cue.action, cue.skill, cue.act_within_s
    route = (routes.watch, routes.warning, routes.critical)[alert.severity]
    return route.action, route.skill, route.act_within_s
