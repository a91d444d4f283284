"""Turns to scores: the one thing services, backtest and `warmline score` use.

The model hears each turn by itself, so a scorer holds no state about conversations and a turn scores the same wherever
it stands. A model that takes context would take it here, as the turns before each turn, and its cache key with it.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import UNSET

from warmline.contracts.labels import Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.abstain import abstention, has_words
from warmline.models.cache import TextCache
from warmline.models.encoder import Encoder, OnnxEncoder
from warmline.models.heads import Heard, hear_answer, hear_customer, probabilities
from warmline.models.language import UNDETERMINED, LanguageDetector
from warmline.models.layout import Row
from warmline.models.manifest import Manifest, load_manifest
from warmline.models.settings import ModelSettings

NOTHING_HEARD = Heard(valence=0.0, sentiment="neutral", distress=0.0, confidence=1.0, emotions=("neutral",))
"""Of a turn without words, and of a system turn."""

CUSTOMER: Role = "customer"
SYSTEM: Role = "system"


class Detector(Protocol):
    """Anything that tells the language of a text."""

    def detect(self, text: str) -> str:
        """Return a BCP 47 tag; `und` where it cannot be told."""
        ...


class Scorer:
    """Scores turns one by one, in batches. One a process: not for use from several threads at once.

    Args:
        encoder: Texts to outputs.
        manifest: How to read the outputs.
        settings: The caller's choices.
        languages: Tells the language of turns that do not say it.

    Attributes:
        name: Name and version of the model, as every score carries it.
        cache: Outputs of texts already scored; counts its hits and misses.
    """

    def __init__(self, encoder: Encoder, manifest: Manifest, settings: ModelSettings, languages: Detector) -> None:
        self.name = manifest.name
        self.cache: TextCache[Row] = TextCache(settings.cache_size)
        self._languages_told: TextCache[str] = TextCache(settings.cache_size)
        self._encoder = encoder
        self._manifest = manifest
        self._asr_min = settings.asr_confidence_min
        self._languages = languages

    def score(self, turns: Sequence[Turn], *, probabilities: bool = False) -> list[ScoredTurn]:
        """Score turns, in order. The time stamps are left to the caller.

        Args:
            turns: The turns; each is scored by its own text and role.
            probabilities: Whether to add every head's probabilities.
        """
        rows = self._rows({turn.text for turn in turns if turn.role != SYSTEM and has_words(turn.text)})
        return [self._scored(turn, rows.get(turn.text), with_all=probabilities) for turn in turns]

    def _rows(self, texts: set[str]) -> dict[str, Row]:
        """Return the outputs of each text, from the cache or else from the encoder."""
        rows: dict[str, Row] = {}
        new: list[str] = []
        for text in sorted(texts):
            row = self.cache.get(text)
            if row is None:
                new.append(text)
            else:
                rows[text] = row
        if new:
            for text, row in zip(new, self._encoder.rows(new), strict=True):
                rows[text] = row
                # A copy: a row of the batch would keep the whole batch in memory.
                self.cache.put(text, row.copy())
        return rows

    def _language(self, text: str) -> str:
        language = self._languages_told.get(text)
        if language is None:
            language = self._languages.detect(text)
            self._languages_told.put(text, language)
        return language

    def _scored(self, turn: Turn, row: Row | None, *, with_all: bool) -> ScoredTurn:
        customer = turn.role == CUSTOMER
        if row is None or turn.role == SYSTEM:
            heard, language = NOTHING_HEARD, turn.language or UNDETERMINED
        else:
            heard = hear_customer(row, self._manifest) if customer else hear_answer(row, self._manifest)
            language = turn.language or self._language(turn.text)
        least = self._manifest.confidence_min["customer" if customer else "answering"]
        labels: dict[str, Any] = {}
        if customer:
            labels = {"emotions": heard.emotions, "cues": heard.cues, "needs_empathy": heard.needs_empathy}
        elif turn.role != SYSTEM:
            labels = {"behaviours": heard.behaviours, "empathy": heard.empathy}
        return ScoredTurn(
            conversation_id=turn.conversation_id,
            turn_id=turn.turn_id,
            role=turn.role,
            participant_id=turn.participant_id,
            spoken_at=turn.spoken_at,
            channel=turn.channel,
            queue=turn.queue,
            customer_id=turn.customer_id,
            vendor=UNSET if turn.vendor is None else turn.vendor,
            valence=heard.valence,
            sentiment=heard.sentiment,  # type: ignore[arg-type] # the layout's labels are the contract's
            distress=heard.distress,
            **labels,
            language=language,
            abstained=abstention(turn, language, heard.confidence, least, self._asr_min),
            model=self.name,
            probabilities=_probabilities(row, customer=customer) if with_all and row is not None else UNSET,
        )


def load_scorer(settings: ModelSettings) -> Scorer:
    """Load a model. Takes less than a second with the ONNX encoder.

    Raises:
        ModelError: The weights folder is incomplete, or the encoder's packages are not installed.
    """
    manifest = load_manifest(settings.path)
    return Scorer(_encoder(manifest, settings), manifest, settings, LanguageDetector())


def _encoder(manifest: Manifest, settings: ModelSettings) -> Encoder:
    if settings.encoder == "onnx":
        return OnnxEncoder(manifest, settings)
    # Here and not above: the module needs the extra `[train]`, which a serving image does not have.
    from warmline.models.sentence_encoder import SentenceEncoder  # noqa: PLC0415

    return SentenceEncoder(manifest, settings)


_probabilities = probabilities
"""Under a second name, since `Scorer.score` has an argument of this name."""
