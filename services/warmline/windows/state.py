"""What windows remembers of one conversation: bounded, small, and free of words.

    base ──(records folded in order of event time)──► head ──(due times that fired)──► what is published

`head` is what a turn in order is added to. A turn out of order is put among the records, and the records are folded
again from `base`, which has taken in everything too old for another turn to come before it.
"""

from msgspec import Struct, field

from warmline.contracts.conversation import EndReason
from warmline.contracts.labels import Role
from warmline.windows.record import Voice

MAX_POINTS = 64  # scored customer turns for the mood over time: five minutes of one every five seconds
MAX_SIGNS = 256  # newest sentiments: Genesys' halves are exact up to 512 customer turns, far beyond any call
MAX_MOMENTS = 200  # as many as a summary may carry
MAX_PENDING = 50  # needs open at once; a customer in distress fifty times without an answer has been missed before
MAX_ANSWERERS = 32  # a conversation handed on more often than that is not told better by more names

PENDING, MET, MISSED, MOOT = 0, 1, 2, 3
"""How a need for empathy ended; the order of `OUTCOMES`."""


class Need(Struct, array_like=True, gc=False):
    """A moment: a customer turn in distress, and what became of the need.

    Attributes:
        turn_id: The customer turn.
        opened_at: When it was spoken, ms UTC.
        distress: Thousandths.
        outcome: PENDING, MET, MISSED or MOOT.
        answered_by: The turn that met it.
        response_ms: From it to that turn, ms.
        response_turns: Answering turns until then.
        effect: Twice the effect of that turn, thousandths; None until known.
        met_after: Scored customer turns there had been when it was met: the effect comes with the second one more.
    """

    turn_id: str
    opened_at: int
    distress: int
    outcome: int = PENDING
    answered_by: str | None = None
    response_ms: int | None = None
    response_turns: int | None = None
    effect: int | None = None
    met_after: int = 0


class Fold(Struct, array_like=True):
    """What the events of one episode add up to, taken in order of time. Valence and distress are thousandths.

    Attributes:
        started_at: Earliest event, ms UTC; the times below are ms after it.
        last_at: Newest event, ms UTC.
        episode: 1 for the first.
        ended_at: ms UTC; None while it goes on.
        ended: Why.
        channel: Newest known.
        queue: Newest known.
        customer_id: Newest known.
        agent_id: Newest participant who answered.
        agent_role: Their role.
        model: Newest that scored a turn.
        answerers: Everyone who answered, in order of appearance.
        turns: In all.
        customer_turns: Of these the customer's.
        agent_turns: Of these by an agent, bot or supervisor.
        unused_turns: Customer and answering turns whose score was not used.
        scored: Customer turns whose score was used.
        times: When the newest of them were spoken, ms after `started_at`.
        valences: Their valence.
        times_sum: Sum of those times.
        valences_sum: Sum of those valences.
        product_sum: Sum of time times valence of each; with the two above, the mood over time is no loop.
        distress: Of the newest.
        peak: Highest distress.
        lowest: Lowest valence.
        opening: Sum of the valence of the first three.
        distress_ms: Time in distress up to the newest customer turn.
        mood: Over the last turns.
        trend: -2..2, falling fast to rising fast.
        sentiment: Genesys score, thousandths.
        sentiment_trend: Genesys trend, thousandths; None below six customer turns.
        early: Sum of sentiment times place, over the first half.
        late: The same over the second half, the place counted within it.
        late_sum: Sum of sentiment over the second half.
        signs: Sentiments of the second half, oldest first.
        cues: Bits of every cue so far.
        unresolved: The customer's last say was that it is not solved.
        empathetic: Answering turns.
        unhelpful: Answering turns.
        needs: Moments, in order of time; the pending ones are the last.
        pending: How many are pending.
        answers: Answering turns without empathy since they opened.
        met: Moments met.
        missed: Moments missed.
        moot: Moments moot.
        response_sum: Of the moments met, ms.
        effects: Empathetic turns whose effect is known.
        effect_sum: Sum of twice their effects.
        fresh: Empathetic turns since the newest customer turn.
        waiting: Empathetic turns that had one customer turn after them and wait for the second.
        waiting_base: Their last valence before plus the drift before it.
        waiting_first: Valence of that one customer turn.
        canned: Answering turns that would fit any customer.
        reused: Answering turns whose reuse is known: the caring ones.
        reuse_sum: Sum of their reuse, thousandths.
        specified: Answering turns whose specificity is known.
        specificity_sum: Sum of their specificity, thousandths.
    """

    started_at: int
    last_at: int
    episode: int = 1
    ended_at: int | None = None
    ended: EndReason | None = None
    channel: str | None = None
    queue: str | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    agent_role: Role | None = None
    model: str | None = None
    answerers: list[str] = field(default_factory=list)
    turns: int = 0
    customer_turns: int = 0
    agent_turns: int = 0
    unused_turns: int = 0
    scored: int = 0
    times: list[int] = field(default_factory=list)
    valences: list[int] = field(default_factory=list)
    times_sum: int = 0
    valences_sum: int = 0
    product_sum: int = 0
    distress: int = 0
    peak: int = 0
    lowest: int = 0
    opening: int = 0
    distress_ms: int = 0
    mood: int = 0
    trend: int = 0
    sentiment: int = 0
    sentiment_trend: int | None = None
    early: int = 0
    late: int = 0
    late_sum: int = 0
    signs: list[int] = field(default_factory=list)
    cues: int = 0
    unresolved: bool = False
    empathetic: int = 0
    unhelpful: int = 0
    needs: list[Need] = field(default_factory=list)
    pending: int = 0
    answers: int = 0
    met: int = 0
    missed: int = 0
    moot: int = 0
    response_sum: int = 0
    effects: int = 0
    effect_sum: int = 0
    fresh: int = 0
    waiting: int = 0
    waiting_base: int = 0
    waiting_first: int = 0
    canned: int = 0
    reused: int = 0
    reuse_sum: int = 0
    specified: int = 0
    specificity_sum: int = 0


class WindowsState(Struct, array_like=True):
    """State of one conversation's key.

    Attributes:
        conversation_id: The conversation.
        incarnation: Names this life of the state.
        head: What is published.
        as_of: Newest event time or due time taken in, ms UTC.
        newest: Newest event time, ms UTC; lateness counts from it.
        revision: Causes taken in.
        records: Newest events by cause, in order of time: packed records.
        voices: Who spoke in them.
        base: A `Fold` in msgpack, of everything before the records; empty while they are all there was.
        horizon: Newest event time in `base`, ms UTC; nothing at or before it is taken in any more.
        settled: Moments of the base's episode that nothing changes any more, a list of `Need` in msgpack.
        settled_episode: The base's episode.
        known: Digests of the causes in `base`, newest last, eight bytes each.
        policy: Version of the policy by whose rules `head` was folded.
    """

    conversation_id: str
    incarnation: str
    head: Fold
    as_of: int
    newest: int
    revision: int = 0
    records: dict[str, bytes] = field(default_factory=dict)
    voices: list[Voice] = field(default_factory=list)
    base: bytes = b""
    horizon: int = -1
    settled: bytes = b""
    settled_episode: int = 1
    known: bytes = b""
    policy: str = ""
