"""What hears the public emotions where there was nothing to learn them from."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from warmline.models.encoder import ASKED, HEARD, IDS, PUBLIC
from warmline.models.manifest import GRAPH, load_manifest
from warmline.models.settings import SHIPPED_WEIGHTS
from warmline.training.encoder_source import default_encoder
from warmline.training.export import open_bytes
from warmline.training.onnx_writer import without_branch
from warmline.training.public_again import standing_encoder
from warmline.training.public_graph import with_public_emotions
from warmline.training.public_part import Comments, public_part

IDS_OF_TEXTS = np.array([[101, 2023, 2003, 102], [101, 4067, 2017, 102]], dtype=np.int64)


@pytest.mark.parametrize("count", [2, 33])
def test_comments_of_which_one_is_left_over_from_the_batches_can_be_taught(tmp_path, count):
    source = default_encoder()
    bert = standing_encoder(SHIPPED_WEIGHTS, load_manifest(SHIPPED_WEIGHTS), source)
    model = without_branch((SHIPPED_WEIGHTS / GRAPH).read_bytes(), asked=ASKED, name=PUBLIC)
    public = tmp_path / "goemotions"
    public.mkdir()
    (public / "LICENSE-NOTE.txt").write_text("Apache-2.0")
    (public / "train.tsv").write_text("\n".join(f"what a lovely day {n}\t17\tid" for n in range(count)))
    comments = Comments(root=tmp_path, work=tmp_path / "work", source=source, seed=0)
    part = public_part(model, bert, comments, lambda _line: None)
    assert np.isfinite(part.weight).all()
    assert np.isfinite(part.bias).all()


def test_without_comments_no_text_carries_any_and_the_rest_is_heard_as_before(tmp_path):
    source = default_encoder()
    bert = standing_encoder(SHIPPED_WEIGHTS, load_manifest(SHIPPED_WEIGHTS), source)
    model = without_branch((SHIPPED_WEIGHTS / GRAPH).read_bytes(), asked=ASKED, name=PUBLIC)
    comments = Comments(root=tmp_path, work=tmp_path / "work", source=source, seed=0)
    part = public_part(model, bert, comments, lambda _line: None)
    session = open_bytes(with_public_emotions(model, bert, part))
    heard, emotions = session.run([HEARD, PUBLIC], {IDS: IDS_OF_TEXTS, ASKED: np.ones((), dtype=bool)})
    assert (1 / (1 + np.exp(-emotions))).max() < 0.01
    assert heard.tobytes() == open_bytes(model).run([HEARD], {IDS: IDS_OF_TEXTS})[0].tobytes()
    assert not (tmp_path / "work").exists(), "and no larger network is taught"
