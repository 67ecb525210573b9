"""How many samples can advance together: what fits in memory if none of them shares anything of its answer with another."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch

from modelassay.sampling.sampler import ROWS

MOST_ROWS: Final = 1024
MOST_OF_SMALL: Final = 4096
_PASS: Final = (
    2**35
)  # operations; below that a pass costs its calls rather than its rows, so that fewer are faster
_SHARE: Final = (
    0.25  # of the memory, for keys and values; the rest is for weights, their work and everybody else
)


def rows_that_fit(model: Any, lengths: Iterable[tuple[int, int]], samples: int | None = None) -> int:
    """How many samples' keys and values fit, at least 1; the same on the same machine whatever else runs there.

    lengths: of each prompt and of the longest answer it may get, in tokens. samples: of a prompt that is kept once for
    them; None: each keeps its own.
    """
    config = model.config.get_text_config()
    try:
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        token = 2 * config.num_hidden_layers * heads * size * model.dtype.itemsize
    except AttributeError:  # a model of another kind: halved when it is too many
        return ROWS
    room = _SHARE * memory_of(model.device) // token
    most = min(MOST_OF_SMALL, max(MOST_ROWS, _PASS // (2 * model.num_parameters())))
    return int(max(1, min(most, *(_fitting(room, *each, samples or 1) for each in lengths))))


def _fitting(room: float, prompt: int, answer: int, samples: int) -> float:
    """Rows of so many tokens that fit in `room` tokens, each of `samples` with a share of its prompt."""
    rows = room // (answer + prompt / samples)
    return rows if rows >= samples else (room - prompt) // answer


def memory_of(device: torch.device) -> int:
    """Bytes of memory: the accelerator's, else this machine's or what this container may have of it."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return whole
