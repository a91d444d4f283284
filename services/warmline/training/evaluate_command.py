"""`warmline evaluate`: how well a model hears, on labelled conversations it has not seen."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec

from warmline.models.encoder import OnnxEncoder
from warmline.models.manifest import ModelError, load_manifest
from warmline.models.settings import ModelSettings
from warmline.training.data import Example, fold_of, load_examples, read_conversations
from warmline.training.given import labels_given
from warmline.training.needs import needs_extra
from warmline.training.progress import Progress
from warmline.training.summary import HeadScores, by_head, macro, table
from warmline.training.targets import targets

PEER_CHOOSES = 5
"""Every fifth conversation of the training data chooses the peer's thresholds."""


@click.command(name="evaluate")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True), help="As of `warmline train`.")
@click.option(
    "--conversations",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Labelled conversations of your own, one a line; may be given several times.",
)
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Of `warmline train`.")
@click.option("--seed", default=0, show_default=True, help="Seed of the folds.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Also write all figures here.")
def command(
    data: Path | None, conversations: tuple[Path, ...], weights: Path | None, seed: int, out: Path | None
) -> None:
    """Print precision, recall and F1 of each label, and macro-F1 of each head.

    With --conversations the built model is measured on those files. With --data alone the recipe is: its heads are
    fitted anew once per fold and measured on the conversations held out. With both, the TF-IDF peer is fitted on the
    data and measured on the files beside the model.
    """
    if not data and not conversations:
        raise click.UsageError("give --data, --conversations, or both")
    if conversations:
        examples = [example for path in conversations for example in read_conversations(path)]
        results = {"model": built_model(examples, ModelSettings(folder=weights))}
        if data and find_spec("sklearn"):
            results["tfidf"] = peer(load_examples(data), examples, seed)
    else:
        results = recipe(data, seed)  # type: ignore[arg-type] # given, or the usage error above
    for name, scores in results.items():
        click.echo(f"\n{name}\n{table(scores)}")
    if out:
        figures = {name: {"macro_f1": macro(scores), "labels": scores} for name, scores in results.items()}
        out.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


def built_model(examples: Sequence[Example], settings: ModelSettings) -> HeadScores:
    """Measure the weights in a folder."""
    try:
        manifest = load_manifest(settings.path)
        probabilities = OnnxEncoder(manifest, settings).rows([example.text for example in examples])
    except ModelError as fault:
        raise click.ClickException(str(fault)) from fault
    given = labels_given(probabilities, manifest.thresholds)
    return by_head(examples, targets(examples), probabilities, given)


def recipe(data: Path, seed: int) -> dict[str, HeadScores]:
    """Fit the heads once per fold and measure them on what was held out."""
    with needs_extra():
        from warmline.training.fit import FitSettings  # noqa: PLC0415
        from warmline.training.pipeline import cross_validate, prepare  # noqa: PLC0415
    progress = Progress()
    prepared = prepare(data, None, seed, progress)
    held_out = cross_validate(prepared, FitSettings(), seed, progress)
    wanted = targets(prepared.examples)
    scores = {"all held-out turns": by_head(prepared.examples, wanted, held_out.probabilities, held_out.given)}
    for source in sorted({example.source for example in prepared.examples}):
        rows = [index for index, example in enumerate(prepared.examples) if example.source == source]
        some = [prepared.examples[index] for index in rows]
        scores[source] = by_head(some, wanted[rows], held_out.probabilities[rows], held_out.given[rows])
    return scores


def peer(data: Sequence[Example], test: Sequence[Example], seed: int) -> HeadScores:
    """Fit TF-IDF and logistic regression on the data and measure it on the same turns as the model."""
    from warmline.training.floor import floor_predictions  # noqa: PLC0415

    chooses = [fold_of(example.group, PEER_CHOOSES, seed) == 0 for example in data]
    train = [example for example, chosen in zip(data, chooses, strict=True) if not chosen]
    choose = [example for example, chosen in zip(data, chooses, strict=True) if chosen]
    probabilities, given = floor_predictions(train, choose, test, Progress())
    return by_head(test, targets(test), probabilities, given)
