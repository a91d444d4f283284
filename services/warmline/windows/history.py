"""The records of a conversation: telling a turn that is known, putting one in its place, letting old ones go."""

from hashlib import blake2b

import msgspec
from msgspec import UNSET, UnsetType

from warmline.contracts.window import Standing
from warmline.windows.fold import let_pass, take
from warmline.windows.moments import Touched
from warmline.windows.record import Record, Voice, unpack
from warmline.windows.rules import RulesOf
from warmline.windows.state import MAX_MOMENTS, MET, PENDING, Fold, Need, WindowsState

COMPACT_AT = 32  # records before the oldest go into the base: most conversations end before, and never pay for it
COMPACT_EVERY = 16  # and then with every so many more, so that one decode and encode of the base serves many turns
MAX_RECORDS = 192  # more turns than that within the lateness are a flood: the lateness of this conversation shrinks
MAX_KNOWN = 1024  # digests kept: a batch's worth, so that whatever was applied and not acknowledged is recognised
DIGEST_BYTES = 8  # 64 bits among a thousand: a chance of 1e-16 a turn to take a new one for a known one

_pack = msgspec.msgpack.Encoder().encode
_unpack_fold = msgspec.msgpack.Decoder(Fold).decode
_unpack_needs = msgspec.msgpack.Decoder(list[Need]).decode


def is_known(state: WindowsState, cause: str) -> bool:
    """Tell whether a cause has been taken in: exactly among the records, by digest among what went into the base."""
    if cause in state.records:
        return True
    if not state.known:
        return False
    digest = _digest(cause)
    found = state.known.find(digest)
    while found >= 0 and found % DIGEST_BYTES:
        found = state.known.find(digest, found + 1)
    return found >= 0


def is_newest(state: WindowsState, cause: str, record: Record) -> bool:
    """Tell whether an event comes after every record: by time, then kind, then cause."""
    if not state.records:
        return record.at > state.horizon
    last = next(reversed(state.records))
    newest = unpack(state.records[last])
    return (record.at, record.kind, cause) > (newest.at, newest.kind, last)


def insert(
    state: WindowsState, cause: str, record: Record, rules_of: RulesOf
) -> tuple[list[Fold], Touched, Standing | UnsetType]:
    """Put an event in its place and fold again from the base.

    Returns:
        The folds of episodes that ended at or after the event and are over; the moments of the newest episode that are
        new or other than before; and how the conversation stood at the event, UNSET where the new head says the same.
    """
    before = {need.turn_id: need for need in state.head.needs}
    ordered = sorted([*_records(state), (cause, record)], key=_place_in_time)
    state.records = {known: each.pack() for known, each in ordered}
    over, stood = _fold_up_to_now(state, rules_of, cause)
    revised = [each for each in over if each.ended_at is not None and each.ended_at >= record.at]
    touched = [need for need in state.head.needs if before.get(need.turn_id) != need]
    return revised, touched, UNSET if stood == _standing_of(state.head) else stood


def fold_again(state: WindowsState, rules_of: RulesOf) -> list[Fold]:
    """Fold the records from the base into a new head, by the rules as they are. Returns the episodes that are over."""
    return _fold_up_to_now(state, rules_of)[0]


def compact(state: WindowsState, rules_of: RulesOf) -> None:
    """Fold what is too old for anything to come before it into the base."""
    items = _records(state)
    edge = state.newest - rules_of(state.head.queue).lateness
    count = max(0, len(items) - MAX_RECORDS)
    while count < len(items) and (items[count][1].at < edge or _same_time(items, count)):
        count += 1
    if not count:
        return
    fold = _unpack_fold(state.base) if state.base else Fold(items[0][1].at, items[0][1].at)
    for cause, record in items[:count]:
        fold = take(fold, cause, record, state.voices[record.voice], rules_of, [])
    state.horizon = items[count - 1][1].at
    digests = b"".join(_digest(cause) for cause, _ in items[:count])
    state.known = (state.known + digests)[-MAX_KNOWN * DIGEST_BYTES :]
    _keep_records(state, items[count:])
    _settle(state, fold)
    state.base = _pack(fold)


def needs_of(state: WindowsState, fold: Fold) -> list[Need]:
    """Return the moments of an episode, in order of time, the newest ones that a summary may carry."""
    if not state.settled or fold.episode != state.settled_episode:
        return fold.needs
    return (_unpack_needs(state.settled) + fold.needs)[-MAX_MOMENTS:]


def _fold_up_to_now(
    state: WindowsState, rules_of: RulesOf, looked_at: str | None = None
) -> tuple[list[Fold], Standing | UnsetType]:
    """Fold as `fold_again` does. Returns also how the conversation stood once one of the causes was taken in."""
    ordered = _records(state)
    over: list[Fold] = []
    stood: Standing | UnsetType = UNSET
    fold = _unpack_fold(state.base) if state.base else Fold(ordered[0][1].at, ordered[0][1].at)
    for cause, record in ordered:
        after = take(fold, cause, record, state.voices[record.voice], rules_of, [])
        if after is not fold:
            over.append(fold)
            fold = after
        if cause == looked_at:
            stood = _standing_of(fold)  # now: the same fold goes on to take in what was spoken later
    let_pass(fold, state.as_of, rules_of(fold.queue), [])
    state.head = fold
    return over, stood


def _standing_of(fold: Fold) -> Standing:
    return Standing(agent_id=fold.agent_id, agent_role=fold.agent_role, peak_distress=fold.peak / 1000)


def _settle(state: WindowsState, base: Fold) -> None:
    """Take the moments that nothing changes any more out of base and head: each is written once, not twice a turn."""
    if state.settled_episode != base.episode:
        state.settled, state.settled_episode = b"", base.episode
    final = 0
    for need in base.needs:
        if need.outcome == PENDING or (need.outcome == MET and need.effect is None):
            break
        final += 1
    if not final:
        return
    settled = (_unpack_needs(state.settled) if state.settled else []) + base.needs[:final]
    state.settled = _pack(settled[-MAX_MOMENTS:])
    del base.needs[:final]
    if state.head.episode == base.episode:
        del state.head.needs[:final]


def _keep_records(state: WindowsState, items: list[tuple[str, Record]]) -> None:
    """Keep these records, and only the voices that are heard in them."""
    heard: dict[int, int] = {}
    voices: list[Voice] = []
    records: dict[str, bytes] = {}
    for cause, record in items:
        place = heard.get(record.voice)
        if place is None:
            place = heard[record.voice] = len(voices)
            voices.append(state.voices[record.voice])
        records[cause] = msgspec.structs.replace(record, voice=place).pack()
    state.records, state.voices = records, voices


def _records(state: WindowsState) -> list[tuple[str, Record]]:
    return [(cause, unpack(packed)) for cause, packed in state.records.items()]


def _place_in_time(item: tuple[str, Record]) -> tuple[int, int, str]:
    cause, record = item
    return record.at, record.kind, cause


def _same_time(items: list[tuple[str, Record]], count: int) -> bool:
    """Tell whether the next record has the time of the last one counted: the base ends between two milliseconds."""
    return count > 0 and items[count][1].at == items[count - 1][1].at


def _digest(cause: str) -> bytes:
    return blake2b(cause.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
