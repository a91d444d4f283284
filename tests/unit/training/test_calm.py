"""Calm turns: some conversations teach, others measure false alarms, by words that were not taught."""

from pathlib import Path

from warmline.training.calm import PARTS, TRAINING_PARTS, calm_examples
from warmline.training.data import fold_of


def of_part(wanted: range) -> str:
    """Return a conversation that is in one of some parts."""
    return next(f"talk-{n}" for n in range(1000) if fold_of(f"talk-{n}", PARTS, 0) in wanted)


TAUGHT = of_part(range(TRAINING_PARTS))
HEARD = of_part(range(TRAINING_PARTS, 2 * TRAINING_PARTS))
LEFT = of_part(range(2 * TRAINING_PARTS, PARTS))


def collection(root: Path, *rows: tuple[str, str, str]) -> Path:
    folder = root / "multidogo" / "airline"
    folder.mkdir(parents=True)
    lines = ["conversationId\tintent\tutterance", *("\t".join(row) for row in rows)]
    (folder / "train.tsv").write_text("\n".join(lines) + "\n")
    return root


def texts(root: Path, *, training: bool) -> list[str]:
    return [example.text for example in calm_examples(root, training=training, seed=0)]


def test_what_measures_false_alarms_was_not_taught_in_the_same_words(tmp_path):
    root = collection(
        tmp_path,
        (TAUGHT, "bookflight", "I want to book a flight"),
        (HEARD, "bookflight", "I want to book a flight"),
        (HEARD, "bookflight", "i want to book a flight."),
        (HEARD, "getseatinfo", "which seat do I have"),
        (HEARD, "getseatinfo", "which seat do I have"),
        (LEFT, "getseatinfo", "tell me my seat please"),
    )
    assert texts(root, training=True) == ["I want to book a flight"]
    assert texts(root, training=False) == ["which seat do I have"]


def test_turns_of_other_intents_and_short_ones_are_no_calm_turns(tmp_path):
    root = collection(
        tmp_path, (HEARD, "reportlostcard", "my card is lost somewhere"), (HEARD, "bookflight", "a flight")
    )
    assert texts(root, training=False) == []


def test_without_the_collection_there_are_none(tmp_path):
    assert texts(tmp_path, training=True) == texts(tmp_path, training=False) == []
