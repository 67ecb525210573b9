"""What a model keeps of each row between tokens: its cache, of whatever kind, or nothing.

Two ways to go on with rows that divide, leave and join. `CachedRows` keeps the model's own cache and chooses rows in it
the way beam search does, which every kind of layer of transformers knows: keys and values, sliding windows, layers that
share another's, states of linear attention, Mamba and short convolutions. `WholeTextRows` keeps the tokens alone and feeds all of
them each time: slow, and right for every model. Which of them a model is run with is tried on it: memory_check.py.
"""

import inspect
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn.functional import pad
from transformers.cache_utils import (
    DummyLayer,
    DynamicCache,
    DynamicLayer,
    LinearAttentionAndFullAttentionLayer,
    LinearAttentionLayer,
)

from modelassay.sampling.row_cache import RoomyLayer

# What a forward pass calls the cache, in the order in which it is looked for.
_CACHE_NAMES: Final = ("past_key_values", "cache_params", "state")
_JOINING: Final = (RoomyLayer, LinearAttentionLayer, LinearAttentionAndFullAttentionLayer, DummyLayer)


@dataclass(frozen=True)
class Memory:
    """How a model's rows are kept.

    cached: by a cache; else the whole text is fed for each token. own: a cache of the model's making. pads: prompts of different lengths may
    share a pass. joins: rows may join others that run already. note: what a person should know of it, or "".
    """

    cached: bool = True
    own: bool = False
    pads: bool = True
    joins: bool = True
    note: str = ""

    def rows(self, model: Any) -> "CachedRows | WholeTextRows":
        """An empty memory for the rows of one pass over prompts."""
        return CachedRows(model, own=self.own) if self.cached else WholeTextRows(model)


class Forward:
    """A model's forward pass, given only what it takes."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.takes = set(inspect.signature(model.forward).parameters)
        self.cache_name = next((name for name in _CACHE_NAMES if name in self.takes), None)

    def __call__(self, ids: Any, positions: Any, mask: Any | None, **more: Any) -> Any:
        """The model's output; its logits are of the last token where the model can leave out the others.

        ids, positions: (rows, tokens); mask: (rows, all tokens so far), 0 where a row is padded, or None.
        """
        optional = {"position_ids": positions, "logits_to_keep": 1}
        if mask is not None:
            optional["attention_mask"] = mask
        given = {name: value for name, value in optional.items() if name in self.takes}
        return self._model(input_ids=ids, **given, **more)


class CachedRows:
    """Rows in the model's own cache."""

    def __init__(self, model: Any, *, own: bool = False) -> None:
        self._forward = Forward(model)
        self._cache: Any = None
        if not own and self._forward.cache_name == "past_key_values":
            self._cache = new_cache(model)
        self._begun = False

    @property
    def joins(self) -> bool:
        """Whether rows can join: no layer keeps a window of tokens that depends on how many there were."""
        return type(self._cache) is DynamicCache and all(type(x) in _JOINING for x in self._cache.layers)

    def feed(self, ids: Any, positions: Any, mask: Any | None) -> Any:
        """One or more tokens to each row; the logits after the last of them, (rows, vocabulary)."""
        name = self._forward.cache_name
        given = {} if name is None or self._cache is None else {name: self._cache}
        if self._begun and self._keeps_no_tokens():
            mask = None  # it says which tokens of a text count, and there are states alone
        self._begun = True
        output = self._forward(ids, positions, mask, use_cache=True, **given)
        self._cache = getattr(output, name) if name else None
        if self._cache is None:
            raise TypeError("the model returns no cache")
        return output.logits[:, -1, :]

    def _keeps_no_tokens(self) -> bool:
        layers = getattr(self._cache, "layers", None)
        return bool(layers) and all(
            type(layer) in (LinearAttentionLayer, DummyLayer) for layer in layers or ()
        )

    def choose(self, order: Any, rows: int) -> None:
        """Each row goes on from the one that `order` names for it. order: (new rows,), on the model's device."""
        if type(self._cache) is not DynamicCache:
            self._cache = _chosen(self._cache, order, rows)
            return
        places = torch.arange(len(order), device=order.device)
        targets = places[order != places]
        sources = order[targets]
        for layer in self._cache.layers:
            if isinstance(layer, RoomyLayer):
                layer.move(sources, targets, len(order))
            else:
                layer.reorder_cache(order)

    def take_in(self, other: Any, unused: int) -> None:
        """Add the other's rows, kept in the same way, below these, whose first `unused` tokens are dropped."""
        for mine, theirs in zip(self._cache.layers, other._cache.layers, strict=True):
            if isinstance(mine, RoomyLayer):
                mine.take_in(theirs, unused)
                continue
            if isinstance(mine, DynamicLayer):
                mine.keys = stacked(mine.keys[:, :, unused:], theirs.keys, -2)
                mine.values = stacked(mine.values[:, :, unused:], theirs.values, -2)
            for states in ("conv_states", "recurrent_states"):
                kept, added = getattr(mine, states, {}), getattr(theirs, states, {})
                kept.update({k: torch.cat([v, added[k]]) for k, v in kept.items() if v is not None})


class WholeTextRows:
    """Rows as their tokens alone."""

    joins = True

    def __init__(self, model: Any) -> None:
        self._forward = Forward(model)
        self._ids: Any = None
        self._mask: Any = None

    def feed(self, ids: Any, positions: Any, mask: Any | None) -> Any:
        """As `CachedRows.feed`; the whole text goes through the model."""
        self._ids = ids if self._ids is None else torch.cat([self._ids, ids], dim=-1)
        self._mask = torch.ones_like(self._ids) if mask is None else mask
        places = (self._mask.cumsum(-1) - 1).clamp(min=0)
        output = self._forward(self._ids, places, None if mask is None else self._mask, use_cache=False)
        return output.logits[:, -1, :]

    def choose(self, order: Any, rows: int) -> None:
        """As `CachedRows.choose`."""
        self._ids = self._ids[order]

    def take_in(self, other: Any, unused: int) -> None:
        """As `CachedRows.take_in`."""
        self._ids = stacked(self._ids[:, unused:], other._ids, -1)


def new_cache(model: Any) -> Any:
    """An empty cache: roomy layers for plain attention, the library's own kinds for the rest."""
    cache = DynamicCache(config=model.config)
    if not cache.layers:  # a configuration that says nothing of its layers
        cache.layer_class_to_replicate = RoomyLayer
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def stacked(above: Any, below: Any, dim: int) -> Any:
    """Two sets of rows as one; the shorter gets zeros in front along `dim`, which must be masked."""
    length = max(above.shape[dim], below.shape[dim])
    ahead = [0] * (-2 * dim - 2)
    return torch.cat([pad(part, (*ahead, length - part.shape[dim], 0)) for part in (above, below)])


def _chosen(kept: Any, order: Any, rows: int) -> Any:
    """A cache of any make with other rows: each tensor in it whose first dimension is the rows."""
    if isinstance(kept, torch.Tensor):
        return kept.index_select(0, order) if kept.dim() and len(kept) == rows else kept
    if isinstance(kept, list | tuple):
        return type(kept)([_chosen(part, order, rows) for part in kept])
    if isinstance(kept, dict):
        return {key: _chosen(part, order, rows) for key, part in kept.items()}
    if type(kept).__module__.startswith("transformers") and not hasattr(kept, "to_json_string"):
        for name, part in vars(kept).items():
            setattr(kept, name, _chosen(part, order, rows))
    return kept
