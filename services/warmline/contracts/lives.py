"""Which of a conversation's windows are new to who follows them, and which begin another life of it.

Windows calls a conversation's life by its first cause, and forgets it after a while; who follows it remembers longer.
"""

from typing import Protocol

from warmline.contracts.window import ConversationWindow

RECENT_INCARNATIONS = 8
"""Earlier lives that are remembered: enough to tell a replay of an old one from a new one; lives end days apart."""


class Followed(Protocol):
    """What is kept of the life that is followed.

    Attributes:
        incarnation: Its name; empty before the first window.
        revision: Of its newest window.
        as_of: Latest event time, ms UTC.
        past: Names of earlier lives, newest last.
        began: Event time of its first window, ms UTC, where the life before had the same name; else 0.
    """

    incarnation: str
    revision: int
    as_of: int
    past: list[str]
    began: int


def was_taken_in(followed: Followed, window: ConversationWindow) -> bool:
    """Tell whether a window comes again. Within a life neither revision nor event time ever falls.

    So what is of a later time than all that was taken in is new even where its revision is not: windows' store has lost
    something. And what is of an earlier time comes again, whatever its revision.
    """
    if window.incarnation != followed.incarnation:
        return window.incarnation in followed.past
    if window.revision <= followed.revision:
        return window.as_of <= followed.as_of
    return window.as_of < followed.as_of


def begins_life(followed: Followed, window: ConversationWindow) -> bool:
    """Tell whether a new window is of another life than the one that is followed.

    Another life may go by the same name, where its first turn has the id that the first of the one before had. It is
    told from a life that lost its newest revisions by when it started.
    """
    if window.incarnation != followed.incarnation:
        return True
    return window.revision <= followed.revision and window.started_at > followed.as_of


def past_and_began(followed: Followed, window: ConversationWindow) -> tuple[list[str], int]:
    """Return `past` and `began` of the life that a window begins."""
    if window.incarnation == followed.incarnation:
        return followed.past[-RECENT_INCARNATIONS:], window.as_of
    past = [*followed.past, followed.incarnation] if followed.incarnation else followed.past
    return past[-RECENT_INCARNATIONS:], 0


def name_of_life(followed: Followed) -> str:
    """Return what names the life in ids."""
    return f"{followed.incarnation}:{followed.began}" if followed.began else followed.incarnation
