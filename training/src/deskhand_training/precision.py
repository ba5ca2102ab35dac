"""Mixed precision where it is faster."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def mixed(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 autocast on a device that multiplies it in hardware. A CPU that would emulate it gets float32: there an
    emulated product takes some forty times as long."""
    if device.type == "cpu":
        features = torch.cpu.get_capabilities()
        if not (features.get("amx_bf16") or features.get("avx512_bf16")):
            return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
