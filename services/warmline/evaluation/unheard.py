"""Labelled conversations that trained nothing of the shipped model, for whoever has no labelled ones at hand.

    warmline evaluate --conversations services/warmline/evaluation/unheard.jsonl

A language model wrote and labelled them, as those in `training/conversations` and by the same runs of it; they are not
in the wheel. Never train on them: then nothing in the repository is left that the model does not know.
"""

from pathlib import Path

UNHEARD = Path(__file__).with_name("unheard.jsonl")
