"""Keys and values of many rows, with room to grow: a token is written in place instead of copying all before it."""

from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicLayer

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
        used = self._filled
        need, rows = used + key_states.shape[-2], key_states.shape[0]
        if self._buffers is None or self._buffers[0].shape[-2] < need:
            self._buffers = (
                self._roomier(self.keys, key_states, rows, need + _ROOM),
                self._roomier(self.values, value_states, rows, need + _ROOM),
            )
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:rows, :, used:need] = states
        self.keys, self.values = (buffer[:rows, :, :need] for buffer in self._buffers)
        return self.keys, self.values

    @property
    def _filled(self) -> int:
        """Tokens in the buffers."""
        return int(self.keys.shape[-2]) if self.is_initialized and self.keys.dim() > 1 else 0

    def move(self, sources: Any, targets: Any, rows: int) -> None:
        """There are `rows` rows now; each target goes on from its source. No source may be a target.

        Nothing else is copied: where a few of many leave or divide, that is hardly any.
        """
        used = self._filled
        if self._buffers is None or self._buffers[0].shape[0] < rows:
            room = (self._buffers or (self.keys,))[0].shape[-2]
            more = max(rows + rows // 2, self.keys.shape[0])  # they divide again and again
            self._buffers = (
                self._roomier(self.keys, self.keys, more, room),
                self._roomier(self.values, self.values, more, room),
            )
        for buffer in self._buffers:
            buffer[targets, :, :used] = buffer[sources, :, :used]
        self.keys, self.values = (buffer[:rows, :, :used] for buffer in self._buffers)

    def take_in(self, other: "RoomyLayer", unused: int) -> None:
        """Add the other's rows below these, whose first `unused` tokens are dropped.

        The shorter ones get tokens in front, which are zero and must be masked.
        """
        parts = (self.keys[:, :, unused:], other.keys), (self.values[:, :, unused:], other.values)
        self.keys, self.values = (stacked(above, below, -2) for above, below in parts)
        self._buffers = None

    @staticmethod
    def _roomier(filled: Any, like: Any, rows: int, room: int) -> Any:
        _, heads, _, size = like.shape
        buffer = torch.empty((rows, heads, room, size), dtype=like.dtype, device=like.device)
        if filled.numel():
            buffer[: filled.shape[0], :, : filled.shape[-2]] = filled
        return buffer


def stacked(above: Any, below: Any, dim: int) -> Any:
    """Two sets of rows as one; the shorter gets zeros in front along `dim`, which must be masked."""
    length = max(above.shape[dim], below.shape[dim])
    ahead = [0] * (-2 * dim - 2)
    return torch.cat([pad(part, (*ahead, length - part.shape[dim], 0)) for part in (above, below)])
