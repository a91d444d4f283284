import numpy as np

from warmline.models.context_network import answers
from warmline.models.layout import COLUMNS, HEADS, WIDTH


def one_by_one(logits: np.ndarray) -> np.ndarray:
    """The same, head after head."""
    out = np.empty(WIDTH, dtype=np.float32)
    for head in HEADS:
        place = COLUMNS[head.name]
        if head.exclusive:
            powers = np.exp(logits[place] - logits[place].max())
            out[place] = powers / powers.sum()
        else:
            out[place] = 1 / (1 + np.exp(-np.clip(logits[place], -60, 60)))
    return out


def test_all_heads_at_once_give_the_bytes_that_each_gives_alone():
    chance = np.random.default_rng(7)
    for scale in (1.0, 8.0, 100.0):
        for logits in chance.normal(0, scale, (500, WIDTH)).astype(np.float32):
            before = logits.copy()
            assert answers(logits).tobytes() == one_by_one(logits).tobytes()
            assert logits.tobytes() == before.tobytes(), "what a text was heard as is cached: it must stay"


def test_heads_with_one_answer_sum_to_one_and_the_others_stay_within_0_and_1():
    found = answers(np.linspace(-200, 200, WIDTH, dtype=np.float32))
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    for head in HEADS:
        if head.exclusive:
            assert abs(float(found[COLUMNS[head.name]].sum()) - 1) < 1e-5
