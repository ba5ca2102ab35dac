import numpy as np
import pytest
from deskhand_contract.compact import split_units
from deskhand_planner.features import GLUED, MAX_PIECES, Featurizer
from deskhand_serving.settings import models_folder
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel


@pytest.fixture(scope="module")
def featurize() -> Featurizer:
    return Featurizer(Tokenizer.from_file(str(models_folder() / "planner" / "tokenizer.json")))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_every_unit_has_pieces_and_a_shape(featurize, sentence):
    units = split_units(sentence)
    if not units:
        return
    features = featurize(sentence)
    assert len(features.first) == len(features.last) == len(features.shape) == len(units)
    assert (features.first < features.last).all()
    assert features.last.max() < len(features.pieces) <= MAX_PIECES + 1
    assert ((features.shape >= 0) & (features.shape < 2 * GLUED)).all()
    np.testing.assert_allclose(features.pool().sum(axis=1), 1, rtol=1e-5)


def test_case_and_gluing_are_told():
    shapes = featurize_shapes("Sid sent report.PDF 9:30pm iPhone")
    assert shapes == [1, 0, 0, 4 + GLUED, 2 + GLUED, 3, 4 + GLUED, 5 + GLUED, 6]


def featurize_shapes(sentence: str) -> list[int]:
    tokenizer = Tokenizer.from_file(str(models_folder() / "planner" / "tokenizer.json"))
    return Featurizer(tokenizer)(sentence).shape.tolist()


def test_a_sentence_of_too_many_pieces_keeps_all_its_units(featurize):
    features = featurize("ab1cd2ef3gh4 " * 120)
    assert len(features.shape) == 120
    assert len(features.pieces) <= MAX_PIECES + 1
    assert (features.first < features.last).all()


def test_a_tokenizer_without_the_marks_is_refused():
    with pytest.raises(ValueError, match=r"\[CLS\], \[SEP\]"):
        Featurizer(Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")))
