"""What a model keeps of each row between tokens: its cache, of whatever kind, or nothing.

Three ways to go on with rows that divide, leave and join. `SharedPromptRows` (shared_prompts.py) keeps a prompt's keys and values
once for all of its rows: plain attention only. `CachedRows` keeps the model's own cache and chooses rows in it the way
beam search does, which every kind of layer of transformers knows: keys and values, sliding windows, layers that
share another's, states of linear attention, Mamba and short convolutions. `WholeTextRows` keeps the tokens alone and feeds all of
them each time: slow, and right for every model. Which of them a model is run with is tried on it: memory_check.py.
"""

from dataclasses import dataclass
from typing import Any, Final

import torch
from transformers.cache_utils import (
    DummyLayer,
    DynamicCache,
    DynamicLayer,
    LinearAttentionAndFullAttentionLayer,
    LinearAttentionLayer,
)

from modelassay.sampling.forward_pass import Forward
from modelassay.sampling.row_cache import RoomyLayer, stacked
from modelassay.sampling.shared_prompts import SharedPromptRows

_JOINING: Final = (RoomyLayer, LinearAttentionLayer, LinearAttentionAndFullAttentionLayer, DummyLayer)


@dataclass(frozen=True)
class Memory:
    """How a model's rows are kept.

    cached: by a cache; else the whole text is fed for each token. shared: a prompt once for all of its rows. own: a cache of the model's making. pads: prompts of different lengths may
    share a pass. joins: rows may join others that run already. note: what a person should know of it, or "".
    """

    cached: bool = True
    shared: bool = False
    own: bool = False
    pads: bool = True
    joins: bool = True
    note: str = ""

    def rows(self, model: Any) -> "SharedPromptRows | CachedRows | WholeTextRows":
        """An empty memory for the rows of one pass over prompts."""
        if self.shared:
            return SharedPromptRows(model)
        return CachedRows(model, own=self.own) if self.cached else WholeTextRows(model)


class CachedRows:
    """Rows in the model's own cache."""

    masks = True  # where rows are padded has to be told with each token

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

    joins = masks = True

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
