"""`warmline train`: from labelled turns to the weights that `models` loads. Needs the extra `[train]`."""

from collections import Counter
from pathlib import Path

import click

from warmline.models.manifest import ModelError
from warmline.models.settings import SHIPPED_WEIGHTS
from warmline.training.held_out import FOLDS
from warmline.training.licences import LicenceError
from warmline.training.needs import needs_extra
from warmline.training.progress import Progress

DEFAULT_NAME = "warmline-minilm-2.7"
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(name="train")
@click.option("--data", required=True, type=FOLDER, help="The folder of the labelled turns.")
@click.option("--out", type=NEW_FOLDER, default=SHIPPED_WEIGHTS, help="Where to; default: the package's weights.")
@click.option("--work", type=NEW_FOLDER, default=Path(".warmline/train"), show_default=True, help="For checkpoints.")
@click.option("--encoder", type=FOLDER, help="A BERT in the Hugging Face format; default: all-MiniLM-L6-v2.")
@click.option("--name", default=DEFAULT_NAME, show_default=True, help="Name and version that every score will carry.")
@click.option(
    "--hold-out", type=click.IntRange(0, FOLDS - 1), default=0, show_default=True, help="The fold that measures."
)
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True, help="That DATA is in.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Threads of torch.")
@click.option(
    "--share",
    type=click.FloatRange(0.01, 1),
    default=1.0,
    show_default=True,
    help="Of the conversations not held out, what is taught: for a learning curve, with a WORK of its own.",
)
@click.option("--again/--no-again", default=True, show_default=True, help="Teach all again, some texts said otherwise.")
@click.option(
    "--written/--no-written", default=True, show_default=True, help="Also teach what a language model wrote, see docs."
)
@click.option("--peers/--no-peers", default=True, show_default=True, help="Also fit the peers, for the report.")
def command(  # noqa: PLR0913, PLR0917 # the options of the command line
    data: Path,
    out: Path,
    work: Path,
    encoder: Path | None,
    name: str,
    hold_out: int,
    languages: tuple[str, ...],
    seed: int,
    threads: int,
    share: float,
    *,
    again: bool,
    written: bool,
    peers: bool,
) -> None:
    """Fine-tune the encoder with all heads, choose thresholds on the fold held out, export one int8 graph, and report.

    DATA is a folder with conversations_*.jsonl; real texts that labels refer to, and the public collections, are read
    from the folders beside it. Two and a half hours on two cores, five on slow ones. Stopped and started
    again, it resumes: every few minutes a checkpoint is written to WORK. Delete WORK to start anew.
    """
    with needs_extra():
        from warmline.evaluation.material import held_out_fold  # noqa: PLC0415
        from warmline.training.curriculum import NothingPublicError  # noqa: PLC0415
        from warmline.training.final_report import Reported, report_and_card  # noqa: PLC0415
        from warmline.training.parity import parity  # noqa: PLC0415
        from warmline.training.pipeline import (  # noqa: PLC0415
            THIRD,
            Plan,
            labelled,
            measure,
            size_mb,
            tune,
            write,
            written_turns,
        )
    progress = Progress()
    plan = Plan(
        data=data,
        work=work,
        encoder=encoder,
        held_out=hold_out,
        seed=seed,
        third=THIRD if again else None,
        written=written,
        share=share,
        threads=threads,
    )
    try:
        examples = labelled(plan, progress)
        material = held_out_fold(data, hold_out, seed)
        if written and not written_turns(plan):
            raise ValueError(  # told as the others are
                "the conversations that a language model wrote are not installed with the package: train from a "
                "checkout (pip install -e '.[train]'), or say --no-written"
            )
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    try:
        tuned = tune(plan, examples, material, progress)
        measured = measure(plan, material, tuned, progress)
        manifest = write(out, name, plan, tuned, measured, languages)
    except (ModelError, LicenceError, NothingPublicError) as fault:
        raise click.ClickException(str(fault)) from fault
    progress(f"written to {out}: {size_mb(out):.1f} MB; comparing int8 with float")
    same = parity(plan, tuned, measured, progress)
    seen = {(example.conversation, example.text) for example in material.examples}
    own = [example for example in examples if (example.conversation, example.text) not in seen]
    taught: Counter[str] = Counter(example.source for example in [*own, *written_turns(plan)])
    rest = Reported(
        data=data,
        held_out=hold_out,
        seed=seed,
        taught=dict(sorted(taught.items())),
        parity=same,
        peers=peers,
        written=written,
    )
    report_and_card(out, manifest, measured, rest, progress)
