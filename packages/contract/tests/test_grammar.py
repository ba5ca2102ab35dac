"""The GBNF is judged by llama.cpp itself: a vocabulary of the 256 bytes, and its grammar sampler."""

import ctypes
import math
import struct
from collections.abc import Callable, Iterator

import pytest
from deskhand_contract.errors import UnknownTool
from deskhand_contract.grammar import plan_gbnf
from deskhand_contract.plan import PlanNode
from deskhand_contract.wire import END_OF_PLAN, render_plan
from hypothesis import given, settings
from hypothesis import strategies as st

llama_cpp = pytest.importorskip("llama_cpp")

SPECIAL = ["<unk>", "<s>", "</s>"]
EOS = 2
Matcher = Callable[[str, str], bool]


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _byte_vocabulary() -> bytes:
    """A GGUF without tensors: SentencePiece with nothing but bytes."""
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [2, 3, 3, *[6] * 256]  # unknown, control, control, byte
    string, array, f32, i32 = 8, 9, 6, 5
    entries = [
        _text("general.architecture") + struct.pack("<I", string) + _text("llama"),
        _text("tokenizer.ggml.model") + struct.pack("<I", string) + _text("llama"),
        _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", array, string, len(tokens)) + b"".join(map(_text, tokens)),
        _text("tokenizer.ggml.scores")
        + struct.pack(f"<IIQ{len(tokens)}f", array, f32, len(tokens), *[0.0] * len(tokens)),
        _text("tokenizer.ggml.token_type") + struct.pack(f"<IIQ{len(kinds)}i", array, i32, len(kinds), *kinds),
    ]
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries)


@pytest.fixture(scope="module")
def matches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matcher]:
    """(grammar, text) -> whether llama.cpp could have written exactly that text under the grammar."""
    path = tmp_path_factory.mktemp("vocabulary") / "bytes.gguf"
    path.write_bytes(_byte_vocabulary())
    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    assert model
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    samplers: dict[str, object] = {}

    def allows(sampler: object, token: int) -> bool:
        one = (llama_cpp.llama_token_data * 1)(llama_cpp.llama_token_data(token, 0.0, 0.0))
        candidates = llama_cpp.llama_token_data_array(one, 1, -1, False)
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(candidates))
        return not math.isinf(one[0].logit)

    def match(grammar: str, text: str) -> bool:
        if grammar not in samplers:
            samplers[grammar] = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        sampler = samplers[grammar]
        assert sampler, "llama.cpp cannot parse the grammar"
        llama_cpp.llama_sampler_reset(sampler)
        for byte in text.encode():
            if not allows(sampler, len(SPECIAL) + byte):
                return False
            llama_cpp.llama_sampler_accept(sampler, len(SPECIAL) + byte)
        return allows(sampler, EOS)

    yield match
    for sampler in samplers.values():
        llama_cpp.llama_sampler_free(sampler)
    llama_cpp.llama_model_free(model)


def writable(plan: list[PlanNode]) -> bool:
    """An address or path that begins with a dollar sign and a digit would be a reference: the grammar leaves it out."""
    values = (node.arguments.get(argument.name) for node in plan for argument in node.spec.arguments)
    addresses = [value if isinstance(value, tuple) else (value,) for value in values]
    return not any(isinstance(text, str) and text.startswith("$") for texts in addresses for text in texts)


@settings(max_examples=60)
@given(data=st.data())
def test_llama_cpp_accepts_every_rendered_plan(matches, plans, data):
    nodes = data.draw(plans.filter(writable))
    assert matches(plan_gbnf(), render_plan(nodes))


@pytest.mark.parametrize(
    ("plan", "allowed"),
    [
        (f"1. join(){END_OF_PLAN}", True),
        (f'1. get_email_address("Sid")\n2. join(){END_OF_PLAN}', True),
        (f'1. get_email_address("Sid")\n2. send_sms(["$1"], "about $20 and $1")\n3. join(){END_OF_PLAN}', True),
        ('1. get_email_address("Sid")\n', False),
        (f'1. get_email_address("Sid")\n3. join(){END_OF_PLAN}', False),
        (f'1. send_sms(["$1"], "x")\n2. join(){END_OF_PLAN}', False),
        (f'1. get_email_address("Sid")\n2. send_sms(["$2"], "x")\n3. join(){END_OF_PLAN}', False),
        (f'1. get_email_address("Sid", "x")\n2. join(){END_OF_PLAN}', False),
        (f"1. get_email_address(Sid)\n2. join(){END_OF_PLAN}", False),
        (f'1. get_weather("Rome")\n2. join(){END_OF_PLAN}', False),
        (f'1. maps_show_directions("", "Rome", "x")\n2. join(){END_OF_PLAN}', False),
    ],
)
def test_the_grammar_knows_tools_arity_types_and_earlier_nodes(matches, plan, allowed):
    assert matches(plan_gbnf(), plan) is allowed


def test_the_grammar_is_limited_to_the_selected_tools(matches):
    grammar = plan_gbnf(["get_email_address"])
    assert matches(grammar, f'1. get_email_address("a")\n2. join(){END_OF_PLAN}')
    assert not matches(grammar, f'1. get_phone_number("a")\n2. join(){END_OF_PLAN}')
    assert matches(plan_gbnf([]), f"1. join(){END_OF_PLAN}")
    assert not matches(plan_gbnf([]), f'1. get_phone_number("a")\n2. join(){END_OF_PLAN}')


def test_an_unknown_tool_has_no_grammar():
    with pytest.raises(UnknownTool):
        plan_gbnf(["get_weather"])
