"""What each rung of a ladder would answer: exact text, a student, the full encoder.

`python -m warmline.training.ladder --data FOLDER` replays streams of turns in their order: real customers of the
multidogo collection and the held-out fold of the labelled conversations. Per stream it prints the share that a cache
of the exact text answers, and for the student a curve: the surer it must be, the fewer turns it answers and the more
often it agrees with the encoder on what changes a moment or a risk.
"""

import csv
import time
from pathlib import Path

import click
import numpy as np

from warmline.models.context_network import answers
from warmline.models.encoder import OnnxEncoder
from warmline.models.heads import hear_answer, hear_customer
from warmline.models.layout import TURN_WIDTH
from warmline.models.manifest import TOKENIZER, Manifest, load_manifest
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.training.data import load_examples
from warmline.training.features import token_ids
from warmline.training.held_out import in_fold
from warmline.training.progress import Progress
from warmline.training.student import fit_student
from warmline.training.targets import Floats, Mask

SURE = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MOST = 12_000
"""Turns of multidogo that are replayed, the first ones."""


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--seed", default=0, show_default=True)
def main(data: Path, seed: int) -> None:
    """Measure the rungs on the streams in and beside DATA."""
    progress, settings = Progress(), ModelSettings(cache_size=0)
    manifest, moment = load_manifest(settings.path), load_policy(None).windows(None).moment_distress
    encoder = OnnxEncoder(manifest, settings)
    examples = load_examples(data)
    held = in_fold([example.group for example in examples], 0, seed)
    own = [example.text for example, out in zip(examples, held, strict=True) if out]
    taught = [example.text for example, out in zip(examples, held, strict=True) if not out]
    calls = multidogo(data.parent)
    streams = {"multidogo": calls[: MOST // 2], "warmline, held out": own}
    lessons = sorted({*taught, *calls[MOST // 2 : MOST]})
    progress(f"the encoder hears {len(lessons):,} lessons")
    tokens = token_ids(lessons, settings.path / TOKENIZER, manifest.max_tokens)
    heard = encoder.rows(lessons)

    def agree(said: Floats) -> Mask:
        return alike(said, heard, manifest, moment)

    student = fit_student(tokens, heard, agree, VOCABULARY, seed, progress)
    for name, texts in streams.items():
        start = time.process_time()
        new = list(dict.fromkeys(texts))
        full = encoder.rows(new)
        rate = len(new) / (time.process_time() - start)
        click.echo(f"\n{name}: {len(texts):,} turns; a cache of exact texts answers {1 - len(new) / len(texts):.1%}; ")
        click.echo(f"the encoder hears the other {len(new):,} at {rate:,.0f} a second on one core")
        ids = token_ids(new, settings.path / TOKENIZER, manifest.max_tokens)
        start = time.process_time()
        said, sure = student.hears(ids)
        click.echo(f"the student hears them at {len(new) / (time.process_time() - start):,.0f} a second")
        same = alike(said, full, manifest, moment)
        click.echo("  sure at least   answers of these   agrees")
        for least in SURE:
            kept = sure >= least
            click.echo(f"  {least:13.3f}{kept.mean():18.1%}{same[kept].mean() if kept.any() else 1:9.1%}")


VOCABULARY = 30_522
"""Word pieces of the encoder."""


def multidogo(root: Path) -> list[str]:
    """Return the customers' turns in the order of their conversations; nothing where the collection is not there."""
    texts = []
    for path in sorted((root / "multidogo").glob("*/*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            texts += [row["utterance"] for row in rows if row["utterance"]]
    chance = np.random.default_rng(0)
    start = chance.integers(0, max(1, len(texts) - MOST))
    return texts[start : start + MOST]


def alike(first: Floats, second: Floats, manifest: Manifest, moment: float) -> Mask:
    """Say where two hearings agree on what changes a moment or a risk, whoever spoke.

    Args:
        first: What texts are heard as, texts by outputs and gist.
        second: The same of the other.
        manifest: Its thresholds make labels of them.
        moment: Least distress of a moment, 0..1.
    """
    pairs = zip(first, second, strict=True)
    return np.array([_decisions(a, manifest, moment) == _decisions(b, manifest, moment) for a, b in pairs])


def _decisions(heard: Floats, manifest: Manifest, moment: float) -> tuple[object, ...]:
    row = answers(heard[:TURN_WIDTH])
    customer, answer = hear_customer(row, manifest), hear_answer(row, manifest)
    return (
        customer.distress >= moment,
        customer.needs_empathy,
        customer.sentiment,
        customer.cues,
        answer.empathy,
    )


if __name__ == "__main__":
    main()
