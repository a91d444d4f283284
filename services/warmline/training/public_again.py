"""Teaches weights that stand the public emotions anew: the layers of their own, temperature and thresholds.

    python -m warmline.training.public_again --weights COPY --data DATA/warmline --name NAME-AND-VERSION

Rewrites the graph, of which all that hears anything else stays byte by byte, `model.json`, the report and the model
card. A quarter of an hour where the larger network stands in WORK already, an hour where it has to be taught first.
"""

from pathlib import Path

import click
import msgspec
import numpy as np
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from warmline.evaluation.figures import all_figures
from warmline.evaluation.hearing import Heard
from warmline.evaluation.tables import tables
from warmline.models.encoder import ASKED, PUBLIC
from warmline.models.layout import COLUMNS, GOEMOTION, WIDTH
from warmline.models.manifest import GRAPH, TOKENIZER, Manifest, load_manifest
from warmline.models.sentence_encoder import graph_constants, restored_weights
from warmline.training.choose_again import choose
from warmline.training.encoder_graph import Bert
from warmline.training.encoder_source import default_encoder
from warmline.training.export import open_bytes, write_manifest
from warmline.training.features import run_graph, token_ids
from warmline.training.given import labels_given
from warmline.training.held_out import FOLDS, head_masks
from warmline.training.lessons import Lessons
from warmline.training.onnx_writer import without_branch
from warmline.training.parity import public_logits
from warmline.training.progress import Progress
from warmline.training.public import goemotions
from warmline.training.public_graph import PublicPart, with_public_emotions
from warmline.training.public_part import Comments, public_part
from warmline.training.report_again import measure_again
from warmline.training.selection import all_probabilities, temperatures
from warmline.training.targets import Floats
from warmline.training.train_command import FOLDER, NEW_FOLDER

PLACE = COLUMNS[GOEMOTION.name]


@click.command()
@click.option("--weights", required=True, type=FOLDER, help="The folder of the weights.")
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--work", type=NEW_FOLDER, default=Path(".warmline/train"), show_default=True, help="For checkpoints.")
@click.option("--name", required=True, help="Name and version that every score will carry: scores differ from before.")
@click.option("--hold-out", type=click.IntRange(0, FOLDS - 1), default=0, show_default=True, help="As in the training.")
@click.option("--seed", default=0, show_default=True, help="As in the training.")
def main(  # the options of the command line
    weights: Path, data: Path, work: Path, name: str, hold_out: int, seed: int
) -> None:
    """Teach the public emotions on top of an encoder that stands still, choose their thresholds, and measure."""
    progress, manifest = Progress(), load_manifest(weights)
    comments = Comments(root=data.parent, work=work, source=default_encoder(), seed=seed)
    bert = standing_encoder(weights, manifest, comments.source)
    model = without_branch((weights / GRAPH).read_bytes(), asked=ASKED, name=PUBLIC)
    part = public_part(model, bert, comments, progress)
    heard = goemotions(data.parent / "goemotions" / "dev.tsv")
    ids = token_ids(heard.texts, weights / TOKENIZER, manifest.max_tokens)
    warm = temperatures(_logits(model, bert, part, ids), heard.wanted, head_masks(heard))[GOEMOTION.name]
    part = part.cooled(warm)
    (weights / GRAPH).write_bytes(with_public_emotions(model, bert, part))
    write_manifest(weights, _grown(manifest, part.grown(bert).layers))
    choose(weights, data, name, hold_out, seed, [GOEMOTION.name], progress)
    exact = np.zeros((len(ids), WIDTH), dtype=np.float32)
    exact[:, PLACE] = public_logits(bert, part, ids, progress)
    served, floats = (
        _macro_f1(logits, heard, load_manifest(weights), seed) for logits in (_logits(model, bert, part, ids), exact)
    )
    measure_again(weights, data, hold_out, seed, progress, {f"lost_{GOEMOTION.name}": round(floats - served, 4)})


def standing_encoder(weights: Path, manifest: Manifest, source: Path) -> Bert:
    """Return the encoder of weights that stand, in floats, without the public emotions' layers."""
    layers = max(manifest.pooled)
    config = BertConfig.from_pretrained(source, num_hidden_layers=layers)
    names = list(BertModel(config, add_pooling_layer=False).state_dict())
    return Bert(
        weights=restored_weights(graph_constants(weights / GRAPH), names),
        heads=int(config.num_attention_heads),
        layers=layers,
        pooled=manifest.pooled,
        max_tokens=manifest.max_tokens,
    )


def _logits(model: bytes, bert: Bert, part: PublicPart, ids: list[NDArray[np.int64]]) -> Floats:
    session = open_bytes(with_public_emotions(model, bert, part))
    logits = np.zeros((len(ids), WIDTH), dtype=np.float32)
    (logits[:, PLACE],) = run_graph(session, (PUBLIC,), ids, public=True)
    return logits


def _macro_f1(logits: Floats, heard: Lessons, manifest: Manifest, seed: int) -> float:
    probabilities = all_probabilities(logits, dict.fromkeys(COLUMNS, 1.0))
    given = labels_given(probabilities, manifest.thresholds)
    return all_figures(tables(heard, Heard(probabilities, given)), heard, 1, seed)[GOEMOTION.name].macro_f1


def _grown(manifest: Manifest, layers: int) -> Manifest:
    return msgspec.structs.replace(manifest, layers=layers)


if __name__ == "__main__":
    main()
