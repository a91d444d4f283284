"""Turns to scores: the one thing services, backtest and `warmline score` use.

Two steps. `hear` takes the texts through the encoder: costly, and by the text alone, so cached. `judge` makes the score
of one turn from what its text was heard as and from the gist of the turns before it: cheap, and pure. There a rule
about the words stands beside the model, on suicide and self-harm (`crisis`).
A scorer holds no state about conversations; whoever calls it keeps their memories (`context.Memory`).
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import UNSET

from warmline.contracts.labels import Role
from warmline.contracts.score import ScoredTurn, Sincerity
from warmline.contracts.turn import Turn
from warmline.models.abstain import abstention, has_words
from warmline.models.cache import TextCache
from warmline.models.context import NOTHING_BEFORE, Before
from warmline.models.context_network import FULL_WIDTH, ContextNetwork, Heard as HeardText, gist_of
from warmline.models.crisis import in_crisis, tells_of_crisis
from warmline.models.encoder import Encoder, OnnxEncoder
from warmline.models.heads import Heard, hear_answer, hear_customer, labels_of, probabilities, thousandths
from warmline.models.language import UNDETERMINED, LanguageDetector
from warmline.models.layout import BEHAVIOUR, COLUMNS, GOEMOTION, Row
from warmline.models.manifest import Manifest, load_manifest
from warmline.models.memories import Memories
from warmline.models.settings import ModelSettings
from warmline.models.sincerity import caring, is_caring, reuse, specificity, words_of

NOTHING_HEARD = Heard(valence=0.0, sentiment="neutral", distress=0.0, confidence=1.0, emotions=("neutral",))
"""Of a turn without words, and of a system turn."""

CANNED = BEHAVIOUR.labels.index("canned")

CUSTOMER: Role = "customer"
SYSTEM: Role = "system"


class Detector(Protocol):
    """Anything that tells the language of a text."""

    def detect(self, text: str) -> str:
        """Return a BCP 47 tag; `und` where it cannot be told."""
        ...


class Contextual(Protocol):
    """Anything that makes probabilities of what a text was heard as and what went before it."""

    def outputs(self, heard: HeardText, went: Before) -> Row:
        """Return the calibrated probabilities of one turn, in the order of the layout."""
        ...


class Scorer:
    """Scores turns one by one, in batches. One a process: not for use from several threads at once.

    Args:
        encoder: Hears texts.
        context: Adds what went before.
        manifest: How to read the outputs.
        settings: The caller's choices.
        languages: Tells the language of turns that do not say it.

    Attributes:
        name: Name and version of the model, as every score carries it.
        cache: What texts were heard as before; counts its hits and misses.
    """

    def __init__(
        self,
        encoder: Encoder,
        context: Contextual,
        manifest: Manifest,
        settings: ModelSettings,
        languages: Detector,
    ) -> None:
        self.name = manifest.name
        self.cache: TextCache[HeardText] = TextCache(settings.cache_size)
        self._languages_told: TextCache[str] = TextCache(settings.cache_size)
        self._encoder = encoder
        self._context = context
        self._manifest = manifest
        self._asr_min = settings.asr_confidence_min
        self._languages = languages

    def score(
        self, turns: Sequence[Turn], memories: Memories | None = None, *, probabilities: bool = False
    ) -> list[ScoredTurn]:
        """Score turns, in order. The time stamps are left to the caller.

        Args:
            turns: The turns, in the order they arrived.
            memories: What is remembered of their conversations; updated. None: each call starts with nothing before.
            probabilities: Whether to add every head's probabilities, the public emotions among them.
        """
        memories = Memories() if memories is None else memories
        heard = self.hear(turns, public=probabilities)
        scores = []
        for turn in turns:
            text = heard.get(turn.text) if turn.role != SYSTEM else None
            scores.append(self.judge(turn, text, memories.before(turn), probabilities=probabilities))
            if text is not None:
                memories.remember(turn, gist_of(text), words_of(turn, scores[-1]), caring=caring(scores[-1]))
        return scores

    def hear(self, turns: Sequence[Turn], *, public: bool = False) -> dict[str, HeardText]:
        """Return what the turns' texts are heard as, from the cache or else from the encoder; wordless ones are not.

        Args:
            turns: The turns.
            public: Whether the public emotions are heard as well.
        """
        least = FULL_WIDTH if public else 0
        heard: dict[str, HeardText] = {}
        new: list[str] = []
        for text in sorted({turn.text for turn in turns if turn.role != SYSTEM and has_words(turn.text)}):
            known = self.cache.get(text)
            if known is None or len(known) < least:
                new.append(text)
            else:
                heard[text] = known
        if new:
            for text, row in zip(new, self._encoder.rows(new, public=public), strict=True):
                # A copy: a row of the batch would keep the whole batch in memory.
                heard[text] = row.copy()
                self.cache.put(text, heard[text])
        return heard

    def judge(
        self, turn: Turn, text: HeardText | None, before: Before = NOTHING_BEFORE, *, probabilities: bool = False
    ) -> ScoredTurn:
        """Return the score of one turn.

        Args:
            turn: The turn.
            text: What `hear` made of its text, with the public emotions where all probabilities are wanted; None for a
                system turn and one without words.
            before: What went before it.
            probabilities: Whether to add every head's probabilities.
        """
        if text is None:
            return self._scored(turn, None, None, with_all=probabilities)
        row = self._context.outputs(text, before)
        if turn.role == CUSTOMER and tells_of_crisis(turn.text):
            return self._scored(turn, in_crisis(row), None, crisis=True, with_all=probabilities)
        told = None if turn.role == CUSTOMER else self._sincerity(turn, row, before)
        return self._scored(turn, row, told, with_all=probabilities)

    def _sincerity(self, turn: Turn, row: Row, before: Before) -> Sincerity:
        """Return how personal an answering turn is; see `sincerity`."""
        place = COLUMNS[BEHAVIOUR.name]
        given = labels_of(row, BEHAVIOUR, self._manifest)
        taken = specificity(turn.text, before.said)
        return Sincerity(
            canned=thousandths(float(row[place][CANNED])),
            reuse=thousandths(reuse(turn.text, before)) if is_caring(given) else None,
            specificity=None if taken is None else thousandths(taken),
        )

    def _language(self, text: str) -> str:
        language = self._languages_told.get(text)
        if language is None:
            language = self._languages.detect(text)
            self._languages_told.put(text, language)
        return language

    def _scored(
        self, turn: Turn, row: Row | None, told: Sincerity | None, *, crisis: bool = False, with_all: bool
    ) -> ScoredTurn:
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
            labels |= {"self_harm": True} if crisis else {}
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
            # The rule knows the words, whatever language they are said to be in, however unsure model and recogniser.
            abstained=None
            if crisis
            else abstention(
                turn,
                language,
                heard.confidence,
                confidence_min=least,
                asr_min=self._asr_min,
                understood=self._manifest.languages,
            ),
            model=self.name,
            sincerity=UNSET if told is None else told,
            goemotions=labels_of(row, GOEMOTION, self._manifest) if with_all and row is not None else UNSET,  # type: ignore[arg-type] # as above
            chat_emotion=heard.chat_emotion if with_all and row is not None else UNSET,  # type: ignore[arg-type] # as above
            probabilities=_probabilities(row, customer=customer) if with_all and row is not None else UNSET,
        )


def load_scorer(settings: ModelSettings) -> Scorer:
    """Load a model. Takes less than a second with the ONNX encoder.

    Raises:
        ModelError: The weights folder is incomplete, or the encoder's packages are not installed.
    """
    manifest = load_manifest(settings.path)
    return Scorer(_encoder(manifest, settings), ContextNetwork(settings.path), manifest, settings, LanguageDetector())


def _encoder(manifest: Manifest, settings: ModelSettings) -> Encoder:
    if settings.encoder == "onnx":
        return OnnxEncoder(manifest, settings)
    # Here and not above: the module needs the extra `[train]`, which a serving image does not have.
    from warmline.models.sentence_encoder import SentenceEncoder  # noqa: PLC0415

    return SentenceEncoder(manifest, settings)


_probabilities = probabilities
"""Under a second name, since `Scorer.score` has an argument of this name."""
