"""What is left out of the arithmetic is padding and nothing else."""

from __future__ import annotations

import pytest
import torch
from deskhand_contract.compact import PLAN
from deskhand_training.planner.base import ENCODER_WIDTH, load_encoder, load_featurizer
from deskhand_training.planner.batch import Row, collate
from deskhand_training.planner.model import DecoderConfig, Planner
from deskhand_training.planner.ragged import encode

SENTENCES = ("note", "text Dana that the report is ready and mail it to Bo, then remind me on Friday at nine")


@pytest.fixture(scope="module")
def model() -> Planner:
    torch.manual_seed(0)
    return Planner(load_encoder(), ENCODER_WIDTH, DecoderConfig(layers=1)).eval()


def rows() -> list[Row]:
    featurizer = load_featurizer()
    return [Row(featurizer(sentence), (PLAN, *range(40, 40 + 3 * n))) for n, sentence in enumerate(SENTENCES, 1)]


@torch.no_grad()
def test_the_encoder_sees_what_it_sees_with_padding(model: Planner) -> None:
    batch = collate(rows())
    mask = batch["attention_mask"]
    expected = model.prefix.encoder(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
    found = encode(model.prefix.encoder, batch["input_ids"], mask)
    torch.testing.assert_close(found[mask > 0], expected[mask > 0], atol=1e-5, rtol=1e-4)
    assert not found[mask == 0].any()


@torch.no_grad()
def test_a_sentence_is_planned_the_same_alone_and_beside_a_longer_one(model: Planner) -> None:
    short, long = rows()
    together, tools, spans = model(collate([short, long]))
    for n, row in enumerate((short, long)):
        alone, its_tools, its_spans = model(collate([row]))
        written = len(row.ids) - 1  # the last token is only a target
        torch.testing.assert_close(together[n, :written], alone[0, :written], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(tools[n], its_tools[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(spans[n, : len(row.features.first)], its_spans[0], atol=1e-5, rtol=1e-4)
