"""How many samples can advance together: what fits in memory if none of them shares anything with another."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch

from modelassay.sampling.sampler import ROWS

MOST_ROWS: Final = 1024
_SHARE: Final = (
    0.25  # of the memory, for keys and values; the rest is for weights, their work and everybody else
)


def rows_that_fit(model: Any, lengths: Iterable[int]) -> int:
    """How many samples' keys and values fit, at least 1; the same on the same machine whatever else runs there.

    lengths: of the prompts with the longest answers they may get, in tokens.
    """
    config = model.config.get_text_config()
    try:
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        token = 2 * config.num_hidden_layers * heads * size * model.dtype.itemsize
    except AttributeError:  # a model of another kind: halved when it is too many
        return ROWS
    return int(max(1, min(MOST_ROWS, _SHARE * memory_of(model.device) // (token * max(lengths)))))


def memory_of(device: torch.device) -> int:
    """Bytes of memory: the accelerator's, else this machine's or what this container may have of it."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return whole
