"""Texts to token ids, in batches whose shape depends on each text alone."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from warmline.models.blanks import beginning
from warmline.models.manifest import broken
from warmline.models.signs import in_words

Ids = NDArray[np.int64]
"""Token ids, texts by tokens."""

CHARS_PER_TOKEN_MAX = 40
"""A text is cut to this many characters a token before it is split, runs of blanks counted as one: hardly ever can a
later one reach the model, and a text of 60,000 characters costs what one of 10,000 does."""


class TextTokenizer:
    """Word pieces of the encoder's vocabulary.

    Args:
        path: The encoder's tokenizer.json.
        max_tokens: Tokens of a text that are read, the first ones.

    Raises:
        ModelError: The file is no tokenizer.
    """

    def __init__(self, path: Path, max_tokens: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as fault:  # the library raises nothing narrower
            raise broken(path, f"not a tokenizer ({fault})") from fault
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._max_chars = max_tokens * CHARS_PER_TOKEN_MAX

    def batches(self, texts: Sequence[str], max_batch: int) -> Iterator[tuple[list[int], Ids]]:
        """Yield (positions in `texts`, their ids), each batch of one exact length, so without any padding.

        A text's tensor then has the same shape whoever its batch mates are, which together with kernels that work row
        by row makes its score independent of them: a live run and a backtest publish the same content.
        """
        encoded = self._tokenizer.encode_batch([clean(beginning(text, self._max_chars)) for text in texts])
        by_length: dict[int, list[int]] = {}
        for position, encoding in enumerate(encoded):
            by_length.setdefault(len(encoding.ids), []).append(position)
        for length in sorted(by_length):
            positions = by_length[length]
            for start in range(0, len(positions), max_batch):
                chunk = positions[start : start + max_batch]
                yield chunk, np.array([encoded[position].ids for position in chunk], dtype=np.int64)


MASK = re.compile(r"[#\[<{]+([A-Z][A-Z_]{2,})[#\]>}]+")
"""What recorders put in the place of a name or a number: #NUMBER#, [CREDIT_CARD_NUMBER], {PII}."""


def clean(text: str) -> str:
    """Return the text as it is split: its masks, emoji and masked swear words as words, and without lone surrogates.

    The brackets of a mask are no words of the speaker's, and moved scores twice as far as the word in them does. Lone
    surrogates are what JSON can carry and UTF-8 cannot.
    """
    text = in_words(MASK.sub(lambda mask: mask[1].replace("_", " ").lower(), text))
    return text.encode("utf-8", "replace").decode("utf-8")
