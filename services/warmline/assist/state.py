"""What assist remembers of one conversation: bounded, small, and free of words."""

from msgspec import Struct, field

from warmline.assist.policy import MOST_CUE_TURNS, MoveKind
from warmline.contracts.labels import Behaviour, Cue, Emotion, Role
from warmline.contracts.waiting import Word

RECENT_TURNS = MOST_CUE_TURNS  # of the customer, and of answers: more than any need stays open for
MAX_NEEDS = 8  # open at once; a move is about the newest, and older ones only say that it has gone on
RECENT_MOVES = 16  # moves that a late dismissal can still name
RECENT_FEEDBACKS = 32  # a sender's retry comes within a few of its first try


class Said(Struct, array_like=True, frozen=True):
    """A customer turn.

    Attributes:
        spoken_at: When, ms UTC; first, so that sorting is by time.
        turn_id: The turn.
        emotions: Heard in it.
        cues: Heard in it.
        calm: Its distress is below the policy's `calm_distress`.
        self_harm: It speaks of suicide or self-harm.
    """

    spoken_at: int
    turn_id: str
    emotions: tuple[Emotion, ...] = ()
    cues: tuple[Cue, ...] = ()
    calm: bool = False
    self_harm: bool = False


class Answer(Struct, array_like=True, frozen=True):
    """A turn by whoever answers.

    Attributes:
        spoken_at: When, ms UTC; first, so that sorting is by time.
        turn_id: The turn.
        behaviours: What it does, well and badly.
        empathetic: It met the person.
    """

    spoken_at: int
    turn_id: str
    behaviours: tuple[Behaviour, ...] = ()
    empathetic: bool = False


class Need(Struct, array_like=True, frozen=True):
    """A moment that has not been met.

    Attributes:
        opened_at: When the customer turn was spoken, ms UTC; first, so that sorting is by time.
        turn_id: That turn.
        missed: It counts as missed; the customer has not been calm since, nor met.
    """

    opened_at: int
    turn_id: str
    missed: bool = False


class Live(Struct, array_like=True):
    """The move that is live.

    Attributes:
        move_id: Its id.
        move: Its key in the policy's table.
        kind: suggest, praise or handoff.
        text: Its words as given: a policy that changes meanwhile does not change them.
        agent_id: Whom it is for; None until somebody answers.
        agent_role: In which role.
        expires_at: When it lapses, ms UTC.
        evidence: The turns it rests on, oldest first.
        sequence: Of its newest step.
    """

    move_id: str
    move: str
    kind: MoveKind
    text: str
    agent_id: str | None
    agent_role: Role | None
    expires_at: int
    evidence: tuple[str, ...]
    sequence: int = 1


class AssistState(Struct, array_like=True):
    """State of one conversation's key.

    Attributes:
        conversation_id: The conversation.
        incarnation: The window state's life that is followed.
        revision: Newest revision of it taken in.
        episode: Newest episode.
        as_of: Newest event time taken in, ms UTC.
        queue: Newest known.
        said: The customer's last turns, in order of time.
        answers: The last answers, in order of time.
        needs: Moments that are not met, in order of time.
        met_run: Moments that `met_by` has met since one was missed, in this episode.
        hard_turns: Customer turns in distress in this episode.
        live: The move that is live.
        given_at: Event time of the newest suggestion or handoff, ms UTC; None before one.
        praised_at: Event time of the newest praise, ms UTC; None before one.
        counts: How often each move was given in this episode.
        given: Id and key of the moves given last, newest last.
        dismissed: Keys of moves that are not given again in this conversation.
        feedbacks: Ids of the feedbacks taken in last, newest last.
        past: Earlier incarnations, newest last.
        began: Event time of this life's first window, ms UTC, where the life before had the same name; else 0.
        waiting: Dismissals of moves that are not known yet, or later than what was taken in; in order of time.
        met_by: Whose `met_run` is; None before one, and where a version wrote the state that did not keep it.
        person_answered: An agent or a supervisor has spoken in this episode, heard or not.
    """

    conversation_id: str
    incarnation: str = ""
    revision: int = 0
    episode: int = 0
    as_of: int = 0
    queue: str | None = None
    said: list[Said] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    met_run: int = 0
    hard_turns: int = 0
    live: Live | None = None
    given_at: int | None = None
    praised_at: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    given: list[tuple[str, str]] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)
    feedbacks: list[str] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    began: int = 0
    waiting: list[Word] = field(default_factory=list)
    met_by: str | None = None
    person_answered: bool = False
