"""Keys and values of many rows, with room to grow: a token is written in place instead of copying all before it."""

from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicCache, DynamicLayer

_ROOM = 64  # tokens added at a time


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A dynamic cache layer over a buffer. `keys` and `values` are views of what is filled."""

    keys: Any
    values: Any

    def __init__(self) -> None:
        super().__init__()
        self._buffers: tuple[Any, Any] | None = None

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Append one or more tokens; returns everything so far. Shapes (rows, heads, tokens, size)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        used = self.get_seq_length()
        need = used + key_states.shape[-2]
        if self._buffers is None or self._buffers[0].shape[-2] < need:
            self._buffers = (
                self._roomier(self.keys, key_states, need),
                self._roomier(self.values, value_states, need),
            )
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, used:need] = states
        self.keys, self.values = (buffer[:, :, :need] for buffer in self._buffers)
        return self.keys, self.values

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Every row `repeats` times."""
        super().batch_repeat_interleave(repeats)
        self._buffers = None

    def batch_select_indices(self, indices: Any) -> None:
        """Only these rows."""
        super().batch_select_indices(indices)
        self._buffers = None

    def take_in(self, other: "RoomyLayer", unused: int) -> None:
        """Add the other's rows below these, whose first `unused` tokens are dropped.

        The shorter ones get tokens in front, which are zero and must be masked.
        """
        parts = (self.keys[:, :, unused:], other.keys), (self.values[:, :, unused:], other.values)
        length = max(keys.shape[-2] for keys in parts[0])
        self.keys, self.values = (
            torch.cat([pad(part, (0, 0, length - part.shape[-2], 0)) for part in pair]) for pair in parts
        )
        self._buffers = None

    @staticmethod
    def _roomier(filled: Any, states: Any, need: int) -> Any:
        rows, heads, _, size = states.shape
        buffer = torch.empty((rows, heads, need + _ROOM, size), dtype=states.dtype, device=states.device)
        if filled.numel():
            buffer[:, :, : filled.shape[-2]] = filled
        return buffer


def can_grow(cache: Any) -> bool:
    """Whether rows can join a running batch: every layer keeps all tokens of a row, in order."""
    return all(type(layer) is RoomyLayer for layer in cache.layers)


def new_cache(config: Any) -> Any:
    """A cache for a model: roomy layers for plain attention, the model's own kinds for the rest."""
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
