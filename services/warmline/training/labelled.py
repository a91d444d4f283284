"""The codebook's file format: one labelled conversation a line, checked as it is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from warmline.byte_order import IS_UTF_16, UTF_8_MARK, UTF_16_MARKS
from warmline.contracts.faults import in_words
from warmline.contracts.labels import Role


class LabelledTurn(Struct, frozen=True, kw_only=True):
    """One turn with its labels; those that the turn's role is not asked for are left out of the file.

    Attributes:
        i: The turn's number in its conversation, from 0.
        role: Who speaks.
        text: The words; None in files whose texts stand elsewhere.
        val: The customer's feeling, -2..2.
        needs: 1 where the next reply should address the feeling, else 0.
        emo: The customer's emotions.
        cues: The customer's cues.
        beh: What the answering side does well.
        neg: What it does badly.
        emp: How it meets the person, -1..1.
    """

    i: Annotated[int, Meta(ge=0)]
    role: Role
    text: str | None = None
    val: Annotated[int, Meta(ge=-2, le=2)] = 0
    needs: bool | Annotated[int, Meta(ge=0, le=1)] = 0
    emo: frozenset[str] = frozenset()
    cues: frozenset[str] = frozenset()
    beh: frozenset[str] = frozenset()
    neg: frozenset[str] = frozenset()
    emp: Annotated[int, Meta(ge=-1, le=1)] = 0


class LabelledConversation(Struct, frozen=True, kw_only=True):
    """One line of a file; what else stands in it is not read here.

    Attributes:
        id: The conversation's.
        turns: In the order they were spoken.
        channel: voice, chat, messaging, email or social; None where the file does not say.
        style: asr, typed or clean; None where the file does not say.
    """

    id: str
    turns: list[LabelledTurn]
    channel: str | None = None
    style: str | None = None


def labelled_conversations(path: Path, *, texts: bool) -> Iterator[LabelledConversation]:
    """Yield the conversations of a file; empty lines are passed over.

    Args:
        path: The file.
        texts: Whether every turn must carry its words.

    Raises:
        ValueError: A line is no labelled conversation, or the file is UTF-16; the message says which line, and what
            is wrong with it.
    """
    for _, _, conversation in labelled_lines(path, texts=texts):
        yield conversation


def labelled_lines(path: Path, *, texts: bool) -> Iterator[tuple[int, bytes, LabelledConversation]]:
    """Yield each conversation of a file with its line's number, from 1, and the line, which may hold more.

    Args:
        path: The file.
        texts: Whether every turn must carry its words.

    Raises:
        ValueError: As `labelled_conversations`.
    """
    decoder = msgspec.json.Decoder(LabelledConversation)
    whole = path.read_bytes()
    if whole.startswith(UTF_16_MARKS):
        raise ValueError(f"{path} {IS_UTF_16}")
    for number, line in enumerate(whole.removeprefix(UTF_8_MARK).splitlines(), 1):
        if not line.strip():
            continue
        try:
            conversation = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"{path}:{number}: not a labelled conversation: {in_words(error)}") from error
        silent = [turn.i for turn in conversation.turns if turn.text is None] if texts else []
        if silent:
            raise ValueError(f"{path}:{number}: turn {silent[0]} of conversation {conversation.id} has no text")
        yield number, line, conversation
