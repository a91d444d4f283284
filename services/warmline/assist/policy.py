"""The `assist` section of the policy: the table of moves, when each fits, and how seldom any is given."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from warmline.contracts.labels import Behaviour, Cue, Emotion, Fault, GoodBehaviour

Seconds = Annotated[int, Meta(ge=0, le=86_400)]
"""Event time in seconds, at most a day."""

Few = Annotated[int, Meta(ge=1, le=32)]
"""A small number of turns, moments or moves."""

MOST_CUE_TURNS = 12
"""So many of the customer's last turns are remembered (`RECENT_TURNS` of the state)."""

MoveKind = Literal["suggest", "praise", "handoff"]
"""Whom a move is for and when: an agent with an open need, an agent who met one, a bot that should pass on."""

Stage = Literal["opened", "answered", "missed"]
"""How far an open need has come: just opened; answered without empathy; missed."""

MAX_MOVE_CHARS = 120
"""Longest text of a move or a reason: what an agent takes in at a glance while somebody is speaking."""

Words = Annotated[str, Meta(min_length=1, max_length=MAX_MOVE_CHARS)]
"""A move or a reason, in the words of the desk: the part to translate."""

MoveKey = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{1,62}[a-z]$")]
"""Name of a move; stays the same in every language."""


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a move fits. Every list that is not empty must have at least one of its labels heard.

    Attributes:
        emotions: In the newest customer turn whose need is open.
        cues: In the customer's last turns (`cue_turns`); to a supervisor `asks_supervisor` is none.
        faults: In the answers since the oldest open need began, and in the one before it.
        behaviours: In the answer that met the need; praise only.
        self_harm: Only where words of suicide or self-harm were heard in the customer's last turns (`cue_turns`).
        stage: The oldest open need has come at least this far.
        without_need: Fits although no need is open, where the cues or the self-harm are heard; handoff only. Where the
            customer's turn could not bring the move, since no bot had answered yet or within `gap_s`, the bot's next
            answer does.
    """

    emotions: frozenset[Emotion] = frozenset()
    cues: frozenset[Cue] = frozenset()
    faults: frozenset[Fault] = frozenset()
    behaviours: frozenset[Behaviour] = frozenset()
    stage: Stage = "opened"
    self_harm: bool = False
    without_need: bool = False


class MoveRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One move of the table.

    Attributes:
        kind: suggest, praise or handoff.
        text: What to do; never a sentence to read out. To be translated.
        reason: Why now. To be translated.
        rank: Among moves that fit and have been given equally often, the lowest is given.
        when: When it fits.
        brings: What it asks for: once any of these was done since the need began, it is no longer given.
        urgent: Given after `gap_s` even under strain, and although the agent has met every need so far.
    """

    kind: MoveKind
    text: Words
    reason: Words
    rank: Annotated[int, Meta(ge=1, le=999)]
    when: When = When()
    brings: frozenset[GoodBehaviour] = frozenset()
    urgent: bool = False

    @property
    def insists(self) -> bool:
        """Whether it goes before others, at once and as often as it fits, and stays where kindness alone answered."""
        return self.when.self_harm

    def __post_init__(self) -> None:
        """Refuse conditions that belong to another kind and would never hold, or hold without a cause."""
        when = self.when
        if self.kind == "praise":
            if when != When(behaviours=when.behaviours) or self.brings:
                raise ValueError("praise depends on `behaviours` alone")
        elif when.behaviours:
            raise ValueError("only praise depends on `behaviours`")
        if when.without_need and (self.kind != "handoff" or not (when.cues or when.self_harm)):
            raise ValueError("only a handoff with cues, or for self-harm, may do without an open need")


class AssistPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about assist that a queue may set for itself.

    Attributes:
        need_distress: Least distress of a customer turn whose moment is worth a move, 0..1.
        calm_distress: Below it a customer turn ends a need that was missed, 0..1.
        cue_turns: A cue is heard in so many customer turns, its own included; to a bot all that was said before
            anybody answered counts as one.
        expire_s: A suggestion lapses after this long, unless the need is felt again.
        handoff_expire_s: The same of a handoff.
        praise_expire_s: The same of praise.
        gap_s: Least time between two new moves.
        give_most: The same move is given at most so often in an episode.
        renew_most: A move that lives on with the need is renewed at most so often.
        trust_met: After so many moments met in a row by who answers now, a new need gets no move before an answer has
            passed it by.
        praise_gap_s: Least time between two praises.
        strain_turns: From so many customer turns in distress in an episode the agent is under strain.
        strain_gap_s: Least time between two new moves under strain, but for urgent ones.
        evidence_max: A move names at most so many turns, the newest.
        lateness_s: Expiry is published this much later, for turns that come late.
        keep_s: How long the store keeps a conversation's state after its last change.
        moves: The table, by key; null takes a move out.
    """

    need_distress: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    calm_distress: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.35
    cue_turns: Annotated[int, Meta(ge=1, le=MOST_CUE_TURNS)] = 2
    expire_s: Seconds = 60
    handoff_expire_s: Seconds = 120
    praise_expire_s: Seconds = 30
    gap_s: Seconds = 8
    give_most: Few = 2
    renew_most: Few = 4
    trust_met: Few = 2
    praise_gap_s: Seconds = 60
    strain_turns: Few = 4
    strain_gap_s: Seconds = 30
    evidence_max: Few = 4
    lateness_s: Annotated[int, Meta(ge=0, le=3600)] = 60
    keep_s: Annotated[int, Meta(ge=60, le=30 * 86_400)] = 86_400
    moves: dict[MoveKey, MoveRule | None] = {}  # msgspec copies it

    def __post_init__(self) -> None:
        """Refuse values that contradict each other."""
        if min(self.expire_s, self.handoff_expire_s, self.praise_expire_s) < 1:
            raise ValueError("a move lives for at least a second")
        if self.need_distress < self.calm_distress:
            raise ValueError("assist needs calm_distress <= need_distress: a need would be over as it begins")
        if self.strain_gap_s < self.gap_s:
            raise ValueError("assist needs gap_s <= strain_gap_s: fewer moves under strain, not more")
