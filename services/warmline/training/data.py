"""The labelled turns: authored conversations, and real ones whose labels refer to their texts by id and index.

Format and labels are those of the codebook beside the data. The real texts stand in folders beside the labelled one
(`maia_dqe`, `ibm_customer_care_tweets`, `call_transcripts`); where one is not at hand its labels are left out and the
source is missing from the report.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS
from warmline.training.labelled import LabelledConversation, LabelledTurn, labelled_conversations

CUSTOMER = "customer"
SYSTEM = "system"
HUNDREDTHS = 100

Source = Literal["authored", "chats", "threads", "calls", "calm", "written"]
"""Where a turn comes from: authored for this project, real chats, real public threads, calls, and see `calm` and
`written`."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled turn.

    Attributes:
        source: Where it comes from.
        group: What must stay on one side of a split: the conversation, or both halves of a contrast pair.
        role: customer, agent or bot.
        text: The words.
        val: The customer's feeling, -2..2; 0 for others.
        needs: Whether the next reply should address the feeling; False for others.
        emo: The customer's emotions.
        cues: The customer's cues.
        behaviours: What an agent or bot does, well (`beh`) and badly (`neg`).
        emp: How an agent or bot meets the person, -1..1; 0 for customers.
        conversation: The conversation's id; turns of one follow each other in the order they were spoken.
        channel: voice, chat, messaging, email or social; empty where the source does not say.
        style: asr, typed or clean; empty where the source does not say.
    """

    source: Source
    group: str
    role: str
    text: str
    val: int = 0
    needs: bool = False
    emo: frozenset[str] = frozenset()
    cues: frozenset[str] = frozenset()
    behaviours: frozenset[str] = frozenset()
    emp: int = 0
    conversation: str = ""
    channel: str = ""
    style: str = ""


def load_examples(folder: Path) -> list[Example]:
    """Read every labelled turn under `folder` (and the real texts beside it), in a fixed order.

    Raises:
        ValueError: There is none, or a file is not in its format.
    """
    examples: list[Example] = []
    for path in sorted(folder.glob("conversations_*.jsonl")):
        examples += read_conversations(path)
    elsewhere: tuple[tuple[Source, str, Callable[[Path], dict[str, list[str]]]], ...] = (
        ("chats", "maia_train_labels.jsonl", _chat_texts),
        ("threads", "threads_train_labels.jsonl", _thread_texts),
        ("calls", "calls_train_labels.jsonl", _call_texts),
    )
    for source, labels, texts in elsewhere:
        if (folder / labels).exists():
            by_id = texts(folder.parent)
            for conversation in labelled_conversations(folder / labels, texts=False):
                if conversation.id in by_id:
                    examples += _examples(source, conversation, by_id[conversation.id])
    if not examples:
        raise ValueError(f"{folder} holds no labelled turns: files conversations_*.jsonl in the codebook's format")
    return examples


def read_conversations(path: Path, source: Source = "authored") -> list[Example]:
    """Read one file of conversations that carry their own texts.

    Raises:
        ValueError: A line is no labelled conversation, or a turn has no text; the message says where.
    """
    return [
        _example(source, conversation, turn, turn.text or "")
        for conversation in labelled_conversations(path, texts=True)
        for turn in conversation.turns
        if turn.role != SYSTEM
    ]


def unknown_labels(examples: Iterable[Example]) -> Counter[str]:
    """Count the labels that the codebook does not name; they are neither taught nor measured."""
    return Counter(
        label
        for example in examples
        for given, known in (
            (example.emo, EMOTIONS),
            (example.cues, CUES),
            (example.behaviours, BEHAVIOURS),
        )
        for label in given
        if label not in known
    )


def fold_of(group: str, folds: int, seed: int) -> int:
    """Return the fold of a group, 0..folds-1: a hash, so that it does not move when other data is added."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % folds


def in_share(group: str, share: float, seed: int) -> bool:
    """Say whether a group is among a share of all, 0..1; a smaller share is part of every larger one."""
    return fold_of(group, HUNDREDTHS, seed + 1) < share * HUNDREDTHS  # another seed: folds say nothing of shares


def group_of(conversation_id: str) -> str:
    """Return what must stay on one side of a split with a conversation.

    Neighbours by number in set e (e001 with e002, e003 with e004) are two courses of one problem.
    """
    if conversation_id[:1] == "e" and conversation_id[1:].isdigit():
        return f"e-pair-{(int(conversation_id[1:]) + 1) // 2}"
    return conversation_id


def _examples(source: Source, conversation: LabelledConversation, texts: Sequence[str]) -> Iterator[Example]:
    """Yield the turns of a conversation whose texts stand elsewhere, by the turns' numbers."""
    for turn in conversation.turns:
        if turn.i < len(texts):
            yield _example(source, conversation, turn, texts[turn.i])


def _example(source: Source, conversation: LabelledConversation, turn: LabelledTurn, text: str) -> Example:
    return Example(
        source=source,
        group=group_of(conversation.id),
        role=turn.role,
        text=text,
        val=turn.val,
        needs=bool(turn.needs),
        emo=turn.emo,
        cues=turn.cues,
        behaviours=turn.beh | turn.neg,
        emp=turn.emp,
        conversation=conversation.id,
        channel=conversation.channel or "",
        style=conversation.style or "",
    )


def _chat_texts(root: Path) -> dict[str, list[str]]:
    """Customers wrote in another language: their English is the machine's. Agents wrote English."""
    return {
        dialogue["id"]: [
            " ".join(turn["text_mt"] if turn["floor"] == "inbound" else turn["text_src"]) for turn in dialogue["turns"]
        ]
        for path in sorted((root / "maia_dqe").glob("*_a.json"))
        if "splits" not in path.name
        for dialogue in msgspec.json.decode(path.read_bytes())
    }


def _thread_texts(root: Path) -> dict[str, list[str]]:
    path = root / "ibm_customer_care_tweets" / "dev.json"
    threads = msgspec.json.decode(path.read_bytes()) if path.exists() else []
    return {
        thread["dialogHeader"]["sessionID"]: [
            *(turn["message"] for turn in thread["dialogContent"]),
            thread["agentURL"]["url_utterance"],
        ]
        for thread in threads
    }


def _call_texts(root: Path) -> dict[str, list[str]]:
    return {
        path.stem: [
            message["Value"]
            for message in msgspec.json.decode(path.read_bytes())["Conversation"]["Messages"]
            if message["EventType"].startswith("Message")
        ]
        for path in sorted((root / "call_transcripts").glob("*/*.json"))
        if b'"Messages"' in path.read_bytes()
    }
