"""What turns do to an agent: from a window to a record, and from a record to the accounts.

hostile turn: distress >= hostile_distress, and angry or valence <= hostile_valence
hard contact: an abusive turn, or enough hostile ones, or enough in distress
run:          hard contacts that begin less than a recovery gap after the last one
effort:       an empathetic turn of the agent's soon after a hostile one in the same contact
away:         on a break, offline, or at another rest that the platform tells of; what customers write meanwhile burdens
              nobody and is no contact, since nobody is known to read it. The agent who answers is there, from then on
"""

from msgspec import UNSET

from warmline.contracts.agent_state import AgentState
from warmline.contracts.window import ConversationWindow, Heard, Standing
from warmline.wellbeing.baseline import open_day
from warmline.wellbeing.occupancy import busy
from warmline.wellbeing.policy import HeardPolicy, WellbeingPolicy
from warmline.wellbeing.record import Mark, Record
from warmline.wellbeing.rest import meet_turn
from warmline.wellbeing.state import (
    ABUSIVE,
    EFFORT,
    HARD_MINUTES,
    HOSTILE,
    MAX_CONTACTS,
    MAX_EVIDENCE,
    RUN,
    Account,
    Contact,
)
from warmline.wellbeing.strain import MINUTE_MS, add, micro, relieve

POSITIVE_EMOTIONS = frozenset({"gratitude", "relief", "joy"})
CONTACT_FORGOTTEN_MS = 60 * MINUTE_MS  # a conversation taken up again after an hour is another contact


def record_of_state(state: AgentState, received: int | None) -> Record:
    """Return an agent's state as a record."""
    return Record(state.at, "", state.state, int(Mark.STATE), received)


def standing_at(window: ConversationWindow, heard: Heard) -> Standing:
    """Return how the conversation stood when a window's turn was spoken, however late the turn came.

    Windows of versions before do not tell it of a late turn: then how it stands now has to do.
    """
    if heard.stood is not UNSET:
        return heard.stood
    return Standing(agent_id=window.agent_id, agent_role=window.agent_role, peak_distress=window.peak_distress)


def record_of_turn(window: ConversationWindow, heard: Heard, policy: HeardPolicy) -> Record:
    """Return a window's newest turn as a record. A turn whose score was not used is contact, and nothing more."""
    marks = Mark.CUSTOMER if heard.role == "customer" else Mark.AGENT
    if heard.abstained is None:
        marks |= _customer_marks(window, heard, policy) if heard.role == "customer" else _agent_marks(heard)
    times = window.times
    return Record(
        heard.spoken_at,
        window.conversation_id,
        heard.turn_id,
        int(marks),
        times.received,
        times.scored,
        times.windowed,
    )


def meet(account: Account, record: Record, policy: WellbeingPolicy) -> None:
    """Take one turn into the accounts; time has passed up to it. A customer's turn while the agent is away is none."""
    by_agent = bool(record.marks & Mark.AGENT)
    if not meet_turn(account, record.at, policy, by_agent=by_agent):
        return
    day = open_day(account, record.at, policy.chronic)
    contact = _contact(account, record)
    begin = max(contact.last, record.at - policy.heard.turn_gap_s * 1000)
    busy(account, begin, record.at, policy.acute)
    hard_ms = record.at - max(begin, account.rest.hard_to)
    if contact.hard and hard_ms > 0:
        add(account, HARD_MINUTES, hard_ms * micro(policy.acute.hard_minute) // MINUTE_MS)
        day.hard_ms += hard_ms
        account.rest.hard_to = record.at
    contact.last = record.at
    if by_agent:
        _agent_turn(account, contact, record, policy)
    else:
        _customer_turn(account, contact, record, policy)
    if contact.hard:
        account.run.last = record.at


def _customer_marks(window: ConversationWindow, heard: Heard, policy: HeardPolicy) -> Mark:
    marks = Mark(0)
    distressed = heard.distress >= policy.hostile_distress
    if distressed:
        marks |= Mark.DISTRESSED
    if "abuse_of_agent" in heard.cues:
        marks |= Mark.ABUSIVE_TURN
    elif distressed and ("anger" in heard.emotions or heard.valence <= policy.hostile_valence):
        marks |= Mark.HOSTILE_TURN
    elif heard.valence > 0 and not distressed and not POSITIVE_EMOTIONS.isdisjoint(heard.emotions):
        marks |= Mark.POSITIVE_TURN
        if standing_at(window, heard).peak_distress >= policy.hostile_distress:
            marks |= Mark.WAS_DISTRESSED
    return marks


def _agent_marks(heard: Heard) -> Mark:
    return Mark.KIND_TURN if heard.empathy == "empathetic" else Mark(0)


def _contact(account: Account, record: Record) -> Contact:
    open_contacts = [held for held in account.contacts if record.at - held.last < CONTACT_FORGOTTEN_MS]
    contact = next((held for held in open_contacts if held.conversation_id == record.conversation_id), None)
    if contact is None:
        if len(open_contacts) >= MAX_CONTACTS:
            open_contacts.remove(min(open_contacts, key=lambda held: (held.last, held.conversation_id)))
        contact = Contact(record.conversation_id, began=record.at, last=record.at)
        open_contacts.append(contact)
    account.contacts = open_contacts
    return contact


def _customer_turn(account: Account, contact: Contact, record: Record, policy: WellbeingPolicy) -> None:
    marks, rates = record.marks, policy.acute
    if marks & Mark.ABUSIVE_TURN:
        add(account, ABUSIVE, micro(rates.abusive_turn))
    if marks & Mark.HOSTILE_TURN:
        add(account, HOSTILE, micro(rates.hostile_turn))
    if marks & (Mark.ABUSIVE_TURN | Mark.HOSTILE_TURN):
        contact.hostile += 1
        contact.hostile_at = record.at
    contact.distressed += bool(marks & Mark.DISTRESSED)
    _harden(account, contact, policy, abusive=bool(marks & Mark.ABUSIVE_TURN))
    if contact.hard or marks & Mark.HOSTILE_TURN:
        kept = [(conversation, at) for conversation, at in account.evidence if conversation != contact.conversation_id]
        account.evidence = [*kept, (contact.conversation_id, record.at)][-MAX_EVIDENCE:]
    if marks & Mark.POSITIVE_TURN:
        _lighten(account, contact, record, policy)


def _harden(account: Account, contact: Contact, policy: WellbeingPolicy, *, abusive: bool) -> None:
    rules, run = policy.heard, account.run
    enough = contact.hostile >= rules.hard_hostile_turns or contact.distressed >= rules.hard_distress_turns
    if contact.hard or not (abusive or enough):
        return
    contact.hard = True
    recovered = contact.began - run.last >= rules.recovery_gap_min * MINUTE_MS
    run.contacts = 1 if recovered else run.contacts + 1
    account.days[-1].longest_run = max(account.days[-1].longest_run, run.contacts)
    if run.contacts > policy.acute.run_contacts:
        add(account, RUN, micro(policy.acute.run_contact))


def _lighten(account: Account, contact: Contact, record: Record, policy: WellbeingPolicy) -> None:
    if not contact.positive:
        contact.positive = True
        relieve(account, micro(policy.acute.positive_contact), policy.acute)
    if not contact.turned and (record.marks & Mark.WAS_DISTRESSED or contact.distressed):
        contact.turned = True
        relieve(account, micro(policy.acute.turnaround), policy.acute)


def _agent_turn(account: Account, contact: Contact, record: Record, policy: WellbeingPolicy) -> None:
    soon = contact.hostile_at and record.at - contact.hostile_at <= policy.heard.effort_s * 1000
    if record.marks & Mark.KIND_TURN and soon:
        contact.hostile_at = 0
        add(account, EFFORT, micro(policy.acute.effort_turn))
