"""How good moves are by the labels: does each missed moment get one that fits, and is none given for nothing?

A missed moment has a move *in time* where one was live at some time after the moment opened and before it counted as
missed. The move *fits* where, by the labels, what it is about was there and what it asks for was not:

    emotions  the moment's turn has one of them
    cues      one of the customer's last turns (policy: cue_turns) has one of them; to a supervisor who answers, a wish
              for a supervisor is none
    faults    an answer since something began to be missing, or the one before, made one of them
    brings    no answer since the moment opened had done any of it when the move came up
    a handoff is for a bot, and a suggestion for a person

A move is *for nothing* where, by the labels, nothing was missing when it was given: no moment open or missed and not
made good since, and nobody waiting for a person while a bot answers.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from warmline.assist.facts import GRANTED_BY_A_SUPERVISOR
from warmline.assist.policy import AssistPolicy, MoveRule
from warmline.backtest.assist_truth import GoldMoment, Spoken, Truth
from warmline.contracts.assist import AssistMove


class Life(Struct, kw_only=True):
    """One move, as a whole.

    Attributes:
        move: Its key.
        kind: suggest, praise or handoff.
        given_at: Event time, ms UTC.
        ended_at: When it was withdrawn or lapsed, ms UTC.
        evidence: The turns that it has rested on.
    """

    move: str
    kind: str
    given_at: int
    ended_at: int
    evidence: set[str]


class AssistQuality(Struct, kw_only=True):
    """Counts over conversations.

    Attributes:
        conversations: Conversations judged.
        turns: Their turns.
        missed: Moments missed, by the labels.
        in_time: Of these with a move in time.
        fitting: Of these with one that fits.
        moves: Suggestions and handoffs given.
        for_nothing: Of these while nothing was missing.
        met: Moments met, by the labels.
        praises: Praises given.
        praised: Of these for an answer that met somebody, by the labels.
    """

    conversations: int = 0
    turns: int = 0
    missed: int = 0
    in_time: int = 0
    fitting: int = 0
    moves: int = 0
    for_nothing: int = 0
    met: int = 0
    praises: int = 0
    praised: int = 0

    def add(self, truth: Truth, steps: Iterable[AssistMove], policy: AssistPolicy) -> None:
        """Judge one conversation's moves."""
        lives = lives_of(steps)
        advice = [life for life in lives.values() if life.kind != "praise"]
        praise = [life for life in lives.values() if life.kind == "praise"]
        self.conversations += 1
        self.turns += len(truth.turns)
        for moment in truth.moments:
            self.met += moment.outcome == "met"
            if moment.outcome == "missed":
                timely = [life for life in advice if _overlaps(life, moment)]
                self.missed += 1
                self.in_time += bool(timely)
                self.fitting += any(fits(life, moment, truth, policy) for life in timely)
        self.moves += len(advice)
        self.for_nothing += sum(not is_missing(truth, life.given_at) for life in advice)
        self.praises += len(praise)
        empathetic = {turn.turn_id for turn in truth.turns if turn.empathetic}
        self.praised += sum(bool(life.evidence & empathetic) for life in praise)


def lives_of(steps: Iterable[AssistMove]) -> dict[str, Life]:
    """Return the moves by id from the steps of their lives."""
    lives: dict[str, Life] = {}
    for step in steps:
        life = lives.get(step.move_id)
        if life is None:
            life = lives[step.move_id] = Life(
                move=step.move, kind=step.kind, given_at=step.as_of, ended_at=step.expires_at, evidence=set()
            )
        life.ended_at = step.as_of if step.kind == "withdraw" else step.expires_at
        life.evidence |= set(step.evidence)
    return lives


def is_missing(truth: Truth, at: int) -> bool:
    """Tell whether something was missing at a time."""
    return any(begin <= at < end for begin, end in truth.missing)


def fits(life: Life, moment: GoldMoment, truth: Truth, policy: AssistPolicy) -> bool:
    """Tell whether a move that was live while the moment was open is about what was missing, by the labels."""
    rule = policy.moves.get(life.move)
    if rule is None:
        return False
    at = max(life.given_at, moment.opened_at)
    before = [turn for turn in truth.turns if turn.at <= at]
    customer = [turn for turn in before if turn.role == "customer"]
    answers = [turn for turn in before if turn.role in {"agent", "bot", "supervisor"}]
    when = rule.when
    emotions = {emotion for turn in customer if turn.turn_id == moment.turn_id for emotion in turn.emotions}
    granted = GRANTED_BY_A_SUPERVISOR if answers and answers[-1].role == "supervisor" else frozenset()
    cues = {cue for turn in customer[-policy.cue_turns :] for cue in turn.cues} - granted
    done = {each for turn in answers if turn.at > moment.opened_at for each in turn.behaviours}
    return (
        (not when.emotions or bool(when.emotions & emotions))
        and (not when.cues or bool(when.cues & cues))
        and (not when.faults or bool(when.faults & _faults(answers, truth, moment)))
        and not rule.brings & done
        and _for_whom(rule, answers, truth)
    )


def _faults(answers: list[Spoken], truth: Truth, moment: GoldMoment) -> set[str]:
    """Return what answers did since something began to be missing, and what the one before did."""
    since = next((begin for begin, end in truth.missing if begin <= moment.opened_at < end), moment.opened_at)
    before = [turn for turn in answers if turn.at < since][-1:]
    return {each for turn in [*before, *(turn for turn in answers if turn.at >= since)] for each in turn.behaviours}


def _for_whom(rule: MoveRule, answers: list[Spoken], truth: Truth) -> bool:
    roles = [turn.role for turn in answers[-1:]] or [turn.role for turn in truth.turns if turn.role != "customer"][:1]
    return not roles or (roles[0] == "bot") == (rule.kind == "handoff")


def _overlaps(life: Life, moment: GoldMoment) -> bool:
    return life.given_at < moment.ended_at and life.ended_at > moment.opened_at


def figures_of(found: AssistQuality) -> Mapping[str, float | None]:
    """Return the rates, 0..1, and the numbers per 100 turns; None where there is nothing to take a rate of."""
    return {
        "missed_with_fitting_move": _share(found.fitting, found.missed),
        "missed_with_move_in_time": _share(found.in_time, found.missed),
        "moves_for_nothing": _share(found.for_nothing, found.moves),
        "moves_per_100_turns": _share(100 * found.moves, found.turns),
        "praises_per_100_turns": _share(100 * found.praises, found.turns),
        "praises_right": _share(found.praised, found.praises),
        "praises_per_met_moment": _share(found.praised, found.met),
    }


def lines_of(found: AssistQuality) -> list[str]:
    """Return the figures as lines to read."""
    rates = figures_of(found)

    def shown(name: str) -> str:
        rate = rates[name]
        return "-" if rate is None else f"{rate:.3f}"

    return [
        f"{found.conversations} conversations, {found.turns} turns, {found.moves} moves "
        f"({shown('moves_per_100_turns')} per 100 turns)",
        f"missed moments with a move that fits: {found.fitting}/{found.missed} = {shown('missed_with_fitting_move')} "
        f"(with any move in time: {shown('missed_with_move_in_time')})",
        f"moves while nothing was missing: {found.for_nothing}/{found.moves} = {shown('moves_for_nothing')}",
        f"praise: {found.praises}, right {shown('praises_right')}; of {found.met} moments met, praised "
        f"{shown('praises_per_met_moment')}",
    ]


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
