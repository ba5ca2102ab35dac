"""The compact-plan decoder under llama.cpp: vectors in, one token's logits out.

Uses llama-cpp-python's low-level bindings, because the prefix is fed as embeddings, which its high-level class does
not do. The GGUF has no tokenizer and no sampler is needed: the caller picks the token.
"""

from __future__ import annotations

import ctypes
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
    params.n_threads = params.n_threads_batch = threads
    context: Any = llama_cpp.llama_init_from_model(model, params)
    if not context:  # the parameters do not fit this model
        raise DecoderUnavailable(f"no context of {tokens} tokens for this model")
    return context


class CompactModel:
    """One loaded GGUF and one context. Not thread-safe: it belongs to one worker thread.

    `start` clears the memory and reads the prefix, `step` reads one token; both return the next token's logits,
    float32 (vocabulary,). Raises DecoderUnavailable.
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
        self._tokens: Any = llama_cpp.llama_batch_init(1, 0, 1)
        self._position = 0

    def start(self, prefix: NDArray[np.float32], token: int) -> NDArray[np.float32]:
        """Prefix float32 (U, width) at positions 0..U-1, then `token`."""
        count, width = prefix.shape
        if width != self.width or count >= self.context:
            raise DecoderUnavailable(f"a prefix of {prefix.shape} does not fit {self.context} x {self.width}")
        memory: Any = llama_cpp.llama_get_memory(self._context)
        llama_cpp.llama_memory_clear(memory, True)
        batch = self._vectors
        data = np.ascontiguousarray(prefix, np.float32)
        ctypes.memmove(batch.embd, data.ctypes.data, data.nbytes)
        batch.n_tokens = count
        for n in range(count):
            self._place(batch, n, n, wanted=False)
        self._decode(batch)
        self._position = count
        return self.step(token)

    def step(self, token: int) -> NDArray[np.float32]:
        batch = self._tokens
        batch.n_tokens = 1
        batch.token[0] = token
        self._place(batch, 0, self._position, wanted=True)
        self._decode(batch)
        self._position += 1
        logits = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(logits, shape=(self.vocabulary,))

    @staticmethod
    def _place(batch: Any, n: int, position: int, *, wanted: bool) -> None:
        batch.pos[n] = position
        batch.n_seq_id[n] = 1
        batch.seq_id[n][0] = 0
        batch.logits[n] = wanted

    def _decode(self, batch: Any) -> None:
        status = llama_cpp.llama_decode(self._context, batch)
        if status != 0:
            raise DecoderUnavailable(f"llama.cpp refused a batch at position {self._position} (status {status})")

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_batch_free(self._vectors)
            llama_cpp.llama_batch_free(self._tokens)
            llama_cpp.llama_free(self._context)
            llama_cpp.llama_model_free(self._model)
            self._context = self._model = None


@llama_cpp.llama_log_callback
def _SILENT(level: int, text: bytes, user_data: Any) -> None:  # noqa: N802
    """llama.cpp's own lines are not ours to print; what matters comes back as a status."""
