"""What is remembered of one agent: everything bounded, everything an integer or an id, packed without names.

Strain is counted in micro-points (a millionth of a point of 0..100). Milli-points would do for what is shown, but a
decay of 0.03% over two seconds rounds to nothing on a small account in milli-points, which then never fades.
"""

from msgspec import Struct, field

from warmline.contracts.wellbeing import Band
from warmline.wellbeing.record import Record

POINT = 1_000_000
"""Micro-points of one point."""

MAX_BUFFERED = 2048  # minutes of events as a rule; after an outage, a shift of them: four turns a minute for 8 hours
MAX_REMEMBERED = 128  # identities of folded events, so that a replay is told from a late event
MAX_CONTACTS = 16  # contacts open at once; chat agents hold up to six
MAX_EVIDENCE = 10

FACTORS = (
    "hostile_turns",
    "abusive_turns",
    "hard_minutes",
    "longest_run",
    "effort_under_hostility",
    "occupancy",
    "time_since_break",
    "positive_contacts",
)
"""Factors of acute strain, in the order of `Account.acute`; the last one takes away."""

HOSTILE, ABUSIVE, HARD_MINUTES, RUN, EFFORT, OCCUPANCY, OVERDUE, POSITIVE = range(len(FACTORS))

BANDS: tuple[Band, ...] = ("calm", "elevated", "high", "severe")
CALM, ELEVATED, HIGH, SEVERE = range(len(BANDS))


class Contact(Struct, array_like=True):
    """A conversation that the agent is in, or lately was.

    Attributes:
        conversation_id: Which.
        began: Its first turn known here, ms UTC.
        last: Its newest turn, ms UTC.
        hostile: Hostile turns.
        distressed: Turns in distress.
        hostile_at: Newest hostile turn that no kind turn has answered, ms UTC; 0 without one.
        hard: Whether it has become hard.
        positive: Whether its gratitude, relief or joy has counted.
        turned: Whether its turnaround has counted.
    """

    conversation_id: str
    began: int
    last: int
    hostile: int = 0
    distressed: int = 0
    hostile_at: int = 0
    hard: bool = False
    positive: bool = False
    turned: bool = False


class Rest(Struct, array_like=True):
    """Work and rest.

    Attributes:
        activity: Newest known activity; empty where unknown or no longer believed.
        activity_at: Since when, ms UTC.
        resting_since: Start of the present rest, ms UTC; 0 at work.
        working_since: Start of work since the last real break, ms UTC; 0 before any work.
        worked_at: Newest sign of work (a turn, a working activity or its end), ms UTC; 0 before any.
        busy_to: Time on contact is accounted up to here, ms UTC.
        hard_to: Time in hard contacts is accounted up to here, ms UTC.
        bins: Time on contact by five-minute bin of the last hour: bin number, ms.
    """

    activity: str = ""
    activity_at: int = 0
    resting_since: int = 0
    working_since: int = 0
    worked_at: int = 0
    busy_to: int = 0
    hard_to: int = 0
    bins: list[tuple[int, int]] = field(default_factory=list)


class Run(Struct, array_like=True):
    """Hard contacts without a recovery gap between them.

    Attributes:
        contacts: How many, the present one included.
        last: Newest turn of a hard contact, ms UTC.
    """

    contacts: int = 0
    last: int = 0


class Day(Struct, array_like=True):
    """One worked day.

    Attributes:
        number: Days since 1970-01-01 by the policy's start of the day.
        load: Points that exposure added, before any fading, micro-points.
        high: Whether acute strain was high or worse.
        longest_run: Hard contacts in the longest run.
        hard_ms: Time in hard contacts, ms.
    """

    number: int
    load: int = 0
    high: bool = False
    longest_run: int = 0
    hard_ms: int = 0


class Account(Struct, array_like=True):
    """One agent's account.

    Attributes:
        agent_id: Whose.
        newest: Newest event time seen, ms UTC.
        folded_to: Time of the newest event or due time folded, ms UTC: what is not newer comes too late.
        at: Time up to which strain has faded, ms UTC; 0 before the first event.
        buffer: Events not yet folded, in their order.
        seen: Time and hash of the newest folded events, oldest first.
        forgotten_to: Time of the newest event that `seen` no longer holds, ms UTC.
        acute: Micro-points by factor.
        chronic_own: Micro-points from days held against the own baseline.
        chronic_prior: Micro-points from days held against the neutral prior.
        acute_band: Band of the acute strain.
        chronic_band: Band of the chronic strain.
        band: The worse of the two.
        band_since: Since when it holds, ms UTC.
        rest: Work and rest.
        run: Hard contacts in a row.
        contacts: Contacts, in the order of their first turn.
        evidence: Hard conversations and the time of their newest hard turn, newest last.
        days: Worked days, newest last; the last one may still be open.
        closed_to: Number of the first day that is not closed; 0 before any.
        break_at: When a break was last suggested, ms UTC; 0 if never.
        pattern_at: When a pattern was last signalled, ms UTC; 0 if never.
    """

    agent_id: str
    newest: int = 0
    folded_to: int = 0
    at: int = 0
    buffer: list[Record] = field(default_factory=list)
    seen: list[tuple[int, int]] = field(default_factory=list)
    forgotten_to: int = 0
    acute: list[int] = field(default_factory=lambda: [0] * len(FACTORS))
    chronic_own: int = 0
    chronic_prior: int = 0
    acute_band: int = CALM
    chronic_band: int = CALM
    band: int = CALM
    band_since: int = 0
    rest: Rest = field(default_factory=Rest)
    run: Run = field(default_factory=Run)
    contacts: list[Contact] = field(default_factory=list)
    evidence: list[tuple[str, int]] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    closed_to: int = 0
    break_at: int = 0
    pattern_at: int = 0
