"""The compact-plan decoder under llama.cpp: vectors in, one token's logits out.

Uses llama-cpp-python's low-level bindings, because the prefix is fed as embeddings, which its high-level class does
not do. The GGUF has no tokenizer and no sampler is needed: the caller picks the token.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray


class DecoderUnavailable(RuntimeError):
    """The GGUF cannot be loaded, or llama.cpp refused a batch."""


def built_with_amx() -> bool:
    info = llama_cpp.llama_print_system_info()
    return info is not None and b"AMX_INT8 = 1" in info


def open_model(path: Path) -> Any:
    """The GGUF as llama.cpp's model; free it with llama_model_free. Raises DecoderUnavailable."""
    if not path.is_file():
        raise DecoderUnavailable(f"{path} is missing")
    llama_cpp.llama_log_set(_SILENT, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    params = llama_cpp.llama_model_default_params()
    # A build with AMX crashes in the first decode on CPUs that have it (ggml-org/llama.cpp#20824).
    params.use_extra_bufts = not built_with_amx()
    model: Any = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        raise DecoderUnavailable(f"{path} is not a GGUF that this llama.cpp can load")
    return model


def open_context(model: Any, *, tokens: int, batch: int, threads: int) -> Any:
    """A context of the model; free it with llama_free. Raises DecoderUnavailable."""
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = tokens, batch, batch
    params.n_threads, params.n_threads_batch = 1, threads
    context: Any = llama_cpp.llama_init_from_model(model, params)
    if not context:  # the parameters do not fit this model
        raise DecoderUnavailable(f"no context of {tokens} tokens for this model")
    return context


class CompactModel:
    """One loaded GGUF and one context. Not thread-safe: it belongs to one worker thread.

    `start` clears the memory and reads the prefix; `follow` reads tokens behind it and returns the next one's logits,
    float32 (vocabulary,), valid until the next call. Raises DecoderUnavailable.
    """

    def __init__(self, path: Path, *, context: int = 512, threads: int = 2) -> None:
        self._model: Any = open_model(path)
        self.width = llama_cpp.llama_model_n_embd(self._model)
        vocabulary: Any = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(vocabulary)
        self.context = context
        try:
            self._context: Any = open_context(self._model, tokens=context, batch=context, threads=threads)
        except DecoderUnavailable:
            llama_cpp.llama_model_free(self._model)
            raise
        self._vectors: Any = llama_cpp.llama_batch_init(context, self.width, 1)
        self._tokens: Any = llama_cpp.llama_batch_init(context, 0, 1)
        self._units = 0
        self._read: list[int] = []

    def start(self, prefix: NDArray[np.float32]) -> None:
        """Prefix float32 (U, width) at positions 0..U-1."""
        count, width = prefix.shape
        if width != self.width or count >= self.context:
            raise DecoderUnavailable(f"a prefix of {prefix.shape} does not fit {self.context} x {self.width}")
        llama_cpp.llama_memory_clear(self._memory(), True)
        batch = self._vectors
        data = np.ascontiguousarray(prefix, np.float32)
        ctypes.memmove(batch.embd, data.ctypes.data, data.nbytes)
        batch.n_tokens = count
        for n in range(count):
            self._place(batch, n, n, wanted=False)
        self._units, self._read = count, []
        self._decode(batch)

    def follow(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """The logits behind all of `tokens`. Of those that were read before, only what differs is read again."""
        same = sum(1 for _ in takewhile(_equal, zip(self._read, tokens, strict=False)))
        same = min(same, len(tokens) - 1)
        if same < len(self._read):
            llama_cpp.llama_memory_seq_rm(self._memory(), 0, self._units + same, -1)
            del self._read[same:]
        if self._units + len(tokens) > self.context:
            raise DecoderUnavailable(f"{self._units} units and {len(tokens)} tokens do not fit {self.context}")
        batch, new = self._tokens, tokens[same:]
        batch.n_tokens = len(new)
        for n, token in enumerate(new):
            batch.token[n] = token
            self._place(batch, n, self._units + same + n, wanted=n == len(new) - 1)
        self._decode(batch)
        self._read += new
        logits = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(logits, shape=(self.vocabulary,))

    def _memory(self) -> Any:
        return llama_cpp.llama_get_memory(self._context)

    @staticmethod
    def _place(batch: Any, n: int, position: int, *, wanted: bool) -> None:
        batch.pos[n] = position
        batch.n_seq_id[n] = 1
        batch.seq_id[n][0] = 0
        batch.logits[n] = wanted

    def _decode(self, batch: Any) -> None:
        status = llama_cpp.llama_decode(self._context, batch)
        if status != 0:
            raise DecoderUnavailable(f"llama.cpp refused a batch behind {len(self._read)} tokens (status {status})")

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_batch_free(self._vectors)
            llama_cpp.llama_batch_free(self._tokens)
            llama_cpp.llama_free(self._context)
            llama_cpp.llama_model_free(self._model)
            self._context = self._model = None


def _equal(pair: tuple[int, int]) -> bool:
    return pair[0] == pair[1]


@llama_cpp.llama_log_callback
def _SILENT(level: int, text: bytes, user_data: Any) -> None:  # noqa: N802
    """llama.cpp's own lines are not ours to print; what matters comes back as a status."""
