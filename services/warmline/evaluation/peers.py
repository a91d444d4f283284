"""Everything a model is measured against in the same run."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

from warmline.evaluation.frozen import learned_peer, sentence_embeddings, tfidf
from warmline.evaluation.hearing import Heard, hear
from warmline.evaluation.lexicons import lexicon_hears, lexicons
from warmline.evaluation.material import Material
from warmline.models.context_network import ContextNetwork
from warmline.models.manifest import load_manifest
from warmline.models.sentence_encoder import SentenceEncoder
from warmline.models.settings import ModelSettings
from warmline.training.data import Example, load_examples
from warmline.training.encoder_source import default_encoder
from warmline.training.held_out import in_fold
from warmline.training.lessons import lessons_of
from warmline.training.written import written_examples

IN_FLOATS = "sentence-transformers fp32"
"""The same weights, as most teams would serve them."""


def peers_hear(  # what they learn from, and what they are measured on
    settings: ModelSettings,
    data: Path | None,
    material: Material,
    hold_out: int | None,
    seed: int,
    progress: Callable[[str], None],
    *,
    written: bool = True,
) -> Iterator[tuple[str, Heard]]:
    """Yield each peer by name with what it says about the same texts; IN_FLOATS with the thresholds that ship.

    Args:
        settings: The model's weights, for the pipeline that most teams would build of them.
        data: What the peers that learn are fitted on; None leaves them out.
        material: What is measured.
        hold_out: The fold of `data` that must not train; None trains on all of it.
        seed: Of the folds.
        progress: Told what goes on.
        written: Whether the peers that learn are also fitted on what a language model wrote, as the model was.
    """
    yield from unfitted_hear(settings, material, progress)
    if data is None:
        return
    train = lessons_of(peer_examples(data, hold_out, seed, written=written))
    progress("TF-IDF and logistic regression")
    yield "tfidf + lr", learned_peer(train, material.lessons, tfidf, seed, progress)
    progress("frozen MiniLM and logistic regression")
    frozen = sentence_embeddings(embed)
    yield "frozen minilm + lr", learned_peer(train, material.lessons, frozen, seed, progress)


def unfitted_hear(
    settings: ModelSettings, material: Material, progress: Callable[[str], None]
) -> Iterator[tuple[str, Heard]]:
    """Yield those peers that nothing is fitted for: the same weights in floats, and the lexicons that are installed.

    Args:
        settings: The model's weights.
        material: What is measured.
        progress: Told what goes on.

    Raises:
        ModelError: The extra `[train]` is not installed, or the weights are incomplete.
    """
    own = material.lessons
    progress(f"the same weights through sentence-transformers in fp32 hear {len(own):,} texts")
    manifest = load_manifest(settings.path)
    yield IN_FLOATS, hear(SentenceEncoder(manifest, settings), ContextNetwork(settings.path), manifest, own)
    for name, valence in lexicons().items():
        progress(f"{name} hears {len(own):,} texts")
        yield name, lexicon_hears(valence, own)


def peer_examples(data: Path, hold_out: int | None, seed: int, *, written: bool) -> list[Example]:
    """Return the labelled turns that the peers that learn are fitted to.

    Args:
        data: The folder of the labelled turns.
        hold_out: The fold that must not train; None trains on all of it.
        seed: Of the folds.
        written: Whether what a language model wrote is among them.

    Raises:
        ValueError: There are no labelled turns, or a file is not in its format.
    """
    examples = load_examples(data)
    if hold_out is not None:
        held_out = in_fold([example.group for example in examples], hold_out, seed)
        examples = [example for example, kept in zip(examples, held_out, strict=True) if not kept]
    return [*examples, *(written_examples() if written else [])]


def embed(texts: object) -> np.ndarray:
    """Return texts' embeddings by the encoder as it comes, which nobody tuned: texts by its width."""
    model = import_module("sentence_transformers").SentenceTransformer(str(default_encoder()), device="cpu")
    return np.asarray(model.encode(list(texts), batch_size=64), dtype=np.float32)  # type: ignore[call-overload] # texts
