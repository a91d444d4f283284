from warmline.training.augment import SHARE, said_otherwise

TEXTS = [
    f"He said my mother's colour TV, number {number}, cannot be repaired, and that is a shame" for number in range(400)
]


def test_a_share_of_the_texts_is_said_otherwise():
    changed = sum(before != after for before, after in zip(TEXTS, said_otherwise(TEXTS, 3), strict=True))
    assert SHARE / 2 < changed / len(TEXTS) < SHARE * 1.5


def test_each_seed_changes_other_texts_and_the_same_seed_the_same():
    assert said_otherwise(TEXTS, 3) == said_otherwise(TEXTS, 3)
    assert said_otherwise(TEXTS, 3) != said_otherwise(TEXTS, 4)


def test_nothing_changes_without_a_share():
    assert said_otherwise(TEXTS, 3, share=0) == TEXTS
