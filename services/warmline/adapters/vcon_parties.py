"""Who speaks in a vCon: parties by their index, their roles, and what is guessed where no role is given."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from warmline.adapters.adapted import AdapterError
from warmline.adapters.collector import Collector
from warmline.adapters.nodes import Node
from warmline.adapters.roles import exact_role_of, role_of
from warmline.adapters.vcon_transcripts import Said
from warmline.contracts.labels import Role

Voice = tuple[Role | None, str | None]
"""A role and a participant."""

NAMES = ("uuid", "id", "mailto", "email", "tel", "sip", "did", "name")
"""What identifies a party, the most stable first."""

ADDRESSES = frozenset({"mailto", "email", "tel", "sip", "did"})
"""Those of them that are written in several ways."""

_SCHEME = re.compile(r"^(?:mailto|tel|sips?):", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[\d\s().\-]+")
_SEPARATORS = re.compile(r"[\s().\-]+")


T = TypeVar("T", bound=Hashable)


class Parties:
    """The parties of one vCon.

    Raises:
        AdapterError: They are no array of objects.
    """

    def __init__(self, node: Node, out: Collector) -> None:
        listed = node.at("parties")
        if node.has("parties") and listed.value is None:
            raise AdapterError("an array is expected here, not nothing", listed.path)
        self._parties = [party.object() for party in listed.items()]
        self._out = out
        self._settings = out.settings.vcon
        self._named = {plain_address(name): role for name, role in self._settings.parties.items()}
        self._told = [self._told_role(party) for party in self._parties]
        self._called = _places(party.at("name").word() for party in self._parties)
        self._holding = _places(self._told)
        self._top = node

    def of_dialog(self, dialog: Node) -> list[int]:
        """Return the parties of a dialog in its order, checked.

        Raises:
            AdapterError: One of them, or the originator, is no index of a party.
        """
        originator = dialog.at("originator")
        if originator.value is not None:
            self._checked(originator)
        return [self._checked(item) for item in indices(dialog.at("parties"))]

    def speaker_of(self, dialog: Node) -> int | None:
        """Return who wrote a text: the originator where one is named, else the first party."""
        originator = dialog.at("originator")
        if originator.value is not None:
            return self._checked(originator)
        present = self.of_dialog(dialog)
        return present[0] if present else None

    def who(self, index: int | None, node: Node) -> Voice:
        """Return a party's role and id."""
        if index is None:
            return None, None
        role = self._told[index]
        if role is None and (told := self._word_of(self._parties[index])).word() is not None:
            self._out.assume(told, "a party's role is a word that is not known: `parties` in the settings can name it")
        elif role is None and self._settings.guess:
            role = self._guess(index)
            self._out.assume(
                node, "parties without roles: who began is taken for the customer, or as the direction says"
            )
        return role, self._identity(index)

    def voices(self, said: Sequence[Said], present: list[int], analysis: Node) -> Callable[[Said, int], Voice]:
        """Return who says what in a transcript of a dialog with these parties."""
        labels = list(dict.fromkeys(part.speaker for part in said if part.speaker is not None))
        numbers = _numbers(labels, len(present))
        unlabelled = all(part.speaker is None and part.party is None for part in said)

        def voice(part: Said, place: int) -> Voice:
            if part.party is not None:
                return self.who(self._checked(part.party), part.node)
            if part.speaker is not None:
                return self._labelled(part.speaker, numbers, present, part.node)
            if unlabelled and part.divided and len(present) > 1 and len(said) > 1:
                self._out.assume(analysis, "speakers are divided, not named: the dialog's parties in turn")
                return self.who(present[place % len(present)], part.node)
            return self.who(present[0], part.node) if len(present) == 1 else (None, None)

        return voice

    def _labelled(self, label: str, numbers: dict[str, int], present: list[int], node: Node) -> Voice:
        named = self._called.get(label, [])
        # A party's name may hold a word for a role; a party may also be called by nothing else than its role.
        if len(named) == 1 and (self._told[named[0]] is not None or exact_role_of(label) is None):
            return self.who(named[0], node)
        role = role_of(label)
        if role is not None:
            held = self._holding.get(role, [])
            return role, self._identity(held[0]) if len(held) == 1 else None
        if len(numbers) == 1 and len(present) > 1:
            return None, None  # the recogniser heard one voice where two people spoke: it did not tell them apart
        place = numbers[label]
        if place < len(present):
            self._out.assume(node, "speakers are numbered, not named: taken for the dialog's parties in their order")
            return self.who(present[place], node)
        return None, None

    def _checked(self, node: Node) -> int:
        index = node.value
        if isinstance(index, bool) or not isinstance(index, int):
            raise AdapterError("the index of a party is expected here", node.path)
        if not 0 <= index < len(self._parties):
            raise AdapterError(f"no such party: the file has {len(self._parties)}", node.path)
        return index

    def _told_role(self, party: Node) -> Role | None:
        for name in NAMES:
            word = party.at(name).word()
            if word is None:
                continue
            if word in self._settings.parties:
                return self._settings.parties[word]
            if name in ADDRESSES and plain_address(word) in self._named:
                return self._named[plain_address(word)]
        told = role_of(party.at("role").word()) or role_of(party.at("meta").at("role").word())
        return told or ("bot" if party.at("type").word() == "bot" else None)

    @staticmethod
    def _word_of(party: Node) -> Node:
        """Return where a party's role stands, whether it is known or not."""
        return party.at("role") if party.at("role").word() is not None else party.at("meta").at("role")

    def _guess(self, index: int) -> Role:
        """Return a role for a party without one: what the others are not, else by who began."""
        if "customer" in self._holding:
            return "agent"
        if self._holding.keys() - {None}:
            return "customer"
        return "customer" if (index == self._begun) != self._outbound else "agent"

    @cached_property
    def _first(self) -> Node:
        return next(self._top.at("dialog").items(), self._top)

    @cached_property
    def _begun(self) -> int:
        return self.speaker_of(self._first) or 0

    @cached_property
    def _outbound(self) -> bool:
        own, top = (node.at("meta").at("direction").word() for node in (self._first, self._top))
        return (own or top or "in").lower().startswith("out")

    def _identity(self, index: int) -> str | None:
        party = self._parties[index]
        uuid = party.at("uuid").word()
        if uuid is not None:
            return uuid
        for name in NAMES:
            word = party.at(name).word()
            if word is not None:
                return self._out.pseudonyms.of(plain_address(word) if name in ADDRESSES else word)
        return None


def plain_address(word: str) -> str:
    """Return an address without its scheme, in small letters; a number without blanks and what else parts digits."""
    plain = _SCHEME.sub("", word.strip()).lower()
    return _SEPARATORS.sub("", plain) if _NUMBER.fullmatch(plain) else plain


def _places(values: Iterable[T]) -> dict[T, list[int]]:
    """Return at which places each value stands."""
    found: defaultdict[T, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        found[value].append(index)
    return found


def _numbers(labels: list[str], parties: int) -> dict[str, int]:
    """Return the speakers' numbers: their own where all are numbers of parties, else by who speaks up first."""
    words = [label.rpartition(" ")[2] for label in labels]
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 4]
    own = len(numbers) == len(labels) and max(numbers, default=0) < parties
    return dict(zip(labels, numbers if own else range(len(labels)), strict=True))


def indices(node: Node) -> list[Node]:
    """Return the party indices of a dialog: one, an array, or arrays within it, one a channel; null is nobody."""
    if node.value is None:
        return []
    if not isinstance(node.value, list):
        return [node]
    flat: list[Node] = []
    for item in node.items():
        flat += list(item.items()) if isinstance(item.value, list) else [item]
    return [item for item in flat if item.value is not None]
