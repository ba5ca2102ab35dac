"""Engine `gguf`: any chat model on disk under llama.cpp, with the LLMCompiler prompt, decoding under a grammar.

Greedy: the most likely token is shown to the grammar first, then the next best few, and the whole vocabulary only when
none of these may stand; that is the token which masking everything would give, for a fraction of the time. Since a
prompt begins with the tools and ends with the sentence, what two prompts have in common is read once.

Uses llama-cpp-python's low-level bindings: its high-level class masks the whole vocabulary for each token, cannot be
stopped while it reads a prompt, and does not let a build with AMX switch it off (see `llama.open_model`). The chat
template is rendered by its formatter.
"""

from __future__ import annotations

import codecs
import ctypes
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from deskhand_contract.errors import ContractError
from deskhand_contract.services import PlanRequest
from llama_cpp.llama_chat_format import Jinja2ChatFormatter
from numpy.typing import NDArray

from ..errors import BadPlan, ModelUnavailable, SentenceTooLong, UnsupportedSchema
from . import PlannedNode, PlanStats
from .llama import DecoderUnavailable, open_context, open_model
from .prompt import Message, messages_of
from .reader import MAX_TOKENS, PlanReader, grammar_of
from .worker import WorkerEngine

READ_AT_ONCE = 256
"""Tokens of a prompt that are read between two looks at whether anybody still waits."""
LIKELY = 64
"""Candidates that the grammar is asked about before the whole vocabulary."""
LEAST_TOKENS = 64
"""Room that a plan needs; a prompt that leaves less is too long."""

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For a GGUF that has no template; llama.cpp's own choice, too."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
Stop = Callable[[], bool]


class ChatTemplate:
    """Messages -> prompt text. Raises ModelUnavailable when the template cannot be used."""

    def __init__(self, source: str, *, bos: str, eos: str) -> None:
        try:
            self._format = Jinja2ChatFormatter(source, eos_token=eos, bos_token=bos)
            self._folded = False
            try:
                self._format(messages=[_message("system", "x"), _message("user", "y")])
            except Exception:  # noqa: BLE001 - a template raises what it likes; many know no system role
                self._folded = True
                self._format(messages=[_message("user", "y")])
        except Exception as error:
            message = f"the chat template cannot be used ({error}); set planner.gguf_chat_template to a Jinja file"
            raise ModelUnavailable(message) from error

    def __call__(self, messages: Sequence[Message]) -> str:
        given: list[Any] = [dict(message) for message in messages]
        if self._folded and given[0]["role"] == "system":
            system, first, *rest = given
            given = [_message(first["role"], f"{system['content']}\n\n{first['content']}"), *rest]
        return self._format(messages=given).prompt


def _message(role: str, content: str) -> Any:
    return {"role": role, "content": content}


class GgufModel:
    """A loaded GGUF and its context. Not thread-safe: it belongs to one worker thread (`worker.Writer`).

    Raises ModelUnavailable when the file or the template cannot be used.
    """

    def __init__(self, path: Path, *, context: int, threads: int, chat_template: Path | None = None) -> None:
        try:
            self._model = open_model(path)
            tokens = min(context, llama_cpp.llama_model_n_ctx_train(self._model) or context)
            self._context = open_context(self._model, tokens=tokens, batch=min(tokens, READ_AT_ONCE), threads=threads)
        except DecoderUnavailable as error:
            message = f"{error}; set planner.gguf_path to a GGUF of a chat model"
            raise ModelUnavailable(message) from error
        self.context = int(llama_cpp.llama_n_ctx(self._context))
        self._vocabulary: Any = llama_cpp.llama_model_get_vocab(self._model)
        self._size = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        if not self._size:
            raise ModelUnavailable(f"{path} has no vocabulary; set planner.gguf_path to a GGUF of a chat model")
        self._bos = self._text(llama_cpp.llama_vocab_bos(self._vocabulary))
        self._template = ChatTemplate(
            self._template_source(chat_template),
            bos=self._bos,
            eos=self._text(llama_cpp.llama_vocab_eos(self._vocabulary)),
        )
        control = [n for n in range(self._size) if llama_cpp.llama_vocab_is_control(self._vocabulary, n)]
        self._control = np.array(control, np.int64)
        self._control_text = _any_of(map(self._text, control))
        self._read: list[int] = []  # the tokens that the context holds

    def plan(self, request: PlanRequest, on_node: Callable[[PlannedNode], None], stop: Stop) -> PlanStats | None:
        """Raises SentenceTooLong, UnsupportedSchema, BadPlan."""
        sampler: Any = llama_cpp.llama_sampler_init_grammar(self._vocabulary, grammar_of(request).encode(), b"root")
        if not sampler:
            raise UnsupportedSchema("llama.cpp cannot read the grammar made of the tools' parameters; simplify them")
        try:
            return self._plan(request, sampler, on_node, stop)
        except ContractError as error:
            raise BadPlan(f"the model wrote what is not a plan: {error}") from error
        finally:
            llama_cpp.llama_sampler_free(sampler)

    def _plan(
        self, request: PlanRequest, sampler: Any, on_node: Callable[[PlannedNode], None], stop: Stop
    ) -> PlanStats | None:
        prompt = self.tokenize(self._template([self._guarded(message) for message in messages_of(request)]))
        room = min(MAX_TOKENS, self.context - len(prompt))
        if room < LEAST_TOKENS:
            raise SentenceTooLong(
                f"the prompt has {len(prompt)} tokens, and the model's context is {self.context}; raise "
                "planner.gguf_context, if the model was trained for more, or give fewer tools"
            )
        if not self._read_prompt(prompt, stop):
            return None
        reader = PlanReader(request)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a character may be several tokens
        for written in range(1, room + 1):
            if stop():
                return None
            token = self._choose(sampler)
            llama_cpp.llama_sampler_accept(sampler, token)
            for node in reader.feed(decoder.decode(self._piece(token))):
                on_node(node)
            if reader.finished:
                return PlanStats(None, len(prompt), written)
            self._decode([token])
        raise BadPlan(f"the model did not finish its plan within {room} tokens")

    def tokenize(self, text: str) -> list[int]:
        """Prompt text -> tokens; the mark of the beginning is added where the template did not write it."""
        data = text.encode()
        add = llama_cpp.llama_vocab_get_add_bos(self._vocabulary) and not (self._bos and text.startswith(self._bos))
        room = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), tokens, room, add, True)
            if count >= 0:
                return list(tokens[:count])
            room = -count  # a space may become three bytes

    def close(self) -> None:
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def _read_prompt(self, prompt: list[int], stop: Stop) -> bool:
        """Bring the context to the prompt; what it holds of it already stays. False when `stop` said so."""
        common = 0
        for old, new in zip(self._read, prompt[:-1], strict=False):
            if old != new:
                break
            common += 1
        memory: Any = llama_cpp.llama_get_memory(self._context)
        if not llama_cpp.llama_memory_seq_rm(memory, 0, common, -1):  # a recurrent model forgets all or nothing
            llama_cpp.llama_memory_clear(memory, True)
            common = 0
        self._read = prompt[:common]
        for start in range(common, len(prompt), READ_AT_ONCE):
            if stop():
                return False
            self._decode(prompt[start : start + READ_AT_ONCE])
        return True

    def _decode(self, tokens: list[int]) -> None:
        held: Any = (llama_cpp.llama_token * len(tokens))(*tokens)  # the batch points at it
        batch: Any = llama_cpp.llama_batch_get_one(held, len(tokens))
        status = llama_cpp.llama_decode(self._context, batch)
        if status != 0:
            raise BadPlan(f"llama.cpp refused {len(tokens)} tokens behind {len(self._read)} (status {status})")
        self._read += tokens

    def _choose(self, sampler: Any) -> int:
        """The most likely token that the grammar lets stand."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(pointer, shape=(self._size,))
        logits[self._control] = -np.inf  # to the grammar "</s>" inside a text would be four characters
        best = np.array([logits.argmax()])
        few = np.argpartition(logits, -LIKELY)[-LIKELY:] if self._size > LIKELY else best
        for tokens in (best, few, np.arange(self._size)):
            values = _allowed(sampler, tokens, logits)
            chosen = int(values.argmax())
            if np.isfinite(values[chosen]):
                return int(tokens[chosen])
        raise BadPlan("no token of the model's vocabulary can go on with the plan; it needs one for every byte")

    def _piece(self, token: Any) -> bytes:
        """The token's bytes, as the grammar sees them."""
        for room in (64, 4096):
            buffer = ctypes.create_string_buffer(room)
            length = llama_cpp.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, True)
            if length >= 0:
                return buffer.raw[:length]
        return b""

    def _text(self, token: Any) -> str:
        return self._piece(token).decode(errors="replace") if token >= 0 else ""

    def _template_source(self, path: Path | None) -> str:
        if path is not None:
            try:
                return path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ModelUnavailable(f"planner.gguf_chat_template cannot be read: {error}") from error
        own = llama_cpp.llama_model_chat_template(self._model, None)
        return own.decode() if own else CHATML

    def _guarded(self, message: Message) -> Message:
        """The message without anything that the tokenizer takes for a control token: no sentence ends its own turn."""
        if self._control_text is None:
            return message
        broken = self._control_text.sub(lambda match: f"{match[0][0]} {match[0][1:]}", message["content"])
        return {"role": message["role"], "content": broken}


def _any_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    long = sorted({text for text in texts if len(text) > 1}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long))) if long else None


def _allowed(sampler: Any, tokens: NDArray[Any], logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logits of the tokens; minus infinity where the grammar does not let one stand."""
    candidates = np.zeros(len(tokens), _CANDIDATE)
    candidates["id"], candidates["logit"] = tokens, logits[tokens]
    data = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    array = llama_cpp.llama_token_data_array(data, len(tokens), -1, False)
    pointer: Any = ctypes.byref(array)
    llama_cpp.llama_sampler_apply(sampler, pointer)
    return candidates["logit"]


def load(path: Path, *, context: int, threads: int, chat_template: Path | None) -> WorkerEngine:
    """Raises ModelUnavailable."""
    return WorkerEngine("gguf", GgufModel(path, context=context, threads=threads, chat_template=chat_template))
