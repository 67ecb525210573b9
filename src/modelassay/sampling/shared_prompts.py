"""Rows that share a prompt: its keys and values are kept once, and read once for all of its rows.

A new token attends to its prompt and to its own row's tokens. The first part is one matrix product for all rows of a
prompt; both parts keep the sum of their weights, by which they are put together exactly (softmax over two sets of keys,
as in Hydragen, arXiv:2402.05099, and in cascade inference). For layers that keep all keys and values and whose attention goes through
transformers' interface; anything else about them raises TypeError, and memory_check.py then keeps rows in another way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from modelassay.sampling.forward_pass import Forward
from modelassay.sampling.row_cache import RoomyLayer, stacked

ATTENTION: Final = "assay_shared_prompts"
# Prompts with few rows are computed as if they had as many as those beside them, up to this many products too many: about
# what a call of its own costs on a CPU.
_SPARE: Final = 4_000_000
# What attention may be told besides. A window is one that no text outgrows: memory_check.py sees to that.
_HARMLESS: Final = {"is_causal", "position_ids", "use_cache", "cache_position", "dropout", "sliding_window"}


class SharedPromptLayer(RoomyLayer):
    """A cache layer with the prompts' keys and values beside those of rows. `keys` and `values` are the rows' own."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: tuple[Any, Any] | None = None

    def share(self) -> None:
        """What is kept so far is the prompts': (prompts, heads, tokens, size). Their rows begin with nothing."""
        self.prompts = self.keys.contiguous(), self.values.contiguous()
        self.keys, self.values = self.keys[:, :, :0], self.values[:, :, :0]
        self._buffers = None

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """As `RoomyLayer.update`; prompts get no room to grow."""
        if self.prompts is not None or self.is_initialized:
            return super().update(key_states, value_states, *args, **kwargs)
        self.lazy_initialization(key_states, value_states)
        self.keys, self.values = key_states, value_states
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Tokens of the longest prompt and of the longest row after it."""
        return self._filled + (0 if self.prompts is None else int(self.prompts[0].shape[-2]))

    def keep_prompts(self, kept: Any) -> None:
        """These prompts alone. kept: (prompts left,)."""
        assert self.prompts is not None
        self.prompts = self.prompts[0][kept], self.prompts[1][kept]

    def take_in(self, other: RoomyLayer, unused: int) -> None:
        """As `RoomyLayer.take_in`; `unused` counts the rows' own tokens."""
        assert isinstance(other, SharedPromptLayer)
        assert self.prompts is not None
        assert other.prompts is not None
        super().take_in(other, unused)
        pairs = zip(self.prompts, other.prompts, strict=True)
        keys, values = (stacked(mine, theirs, -2) for mine, theirs in pairs)
        self.prompts = keys, values


@dataclass(frozen=True)
class Block:
    """Prompts first to last (exclusive) that are computed together, each with `width` places for its rows."""

    first: int
    last: int
    width: int


@dataclass(frozen=True)
class Grid:
    """Where rows stand when they are sorted by prompt. rows: (places,), the row at each; a spare place has some row. places:
    (rows,), each row's place. None: as the rows are.
    """

    blocks: tuple[Block, ...]
    rows: Any | None
    places: Any | None


class SharedPromptRows:
    """Rows whose prompts are kept once."""

    joins = True
    masks = False  # it knows itself where rows and prompts are padded

    def __init__(self, model: Any) -> None:
        if model.config._attn_implementation != ATTENTION:
            model.set_attn_implementation(ATTENTION)
        self._forward = Forward(model)
        self._cache = DynamicCache(config=model.config)
        self.layers: list[SharedPromptLayer] = [SharedPromptLayer() for _ in self._cache.layers]
        self._cache.layers = self.layers
        self._prompt: Any = None  # (rows,), numpy: which prompt each continues
        self._late: Any = None  # (rows,), numpy: places before its first own token
        self._mask: Any = None  # (prompts, tokens): 0 where a prompt is padded
        self._grid: Grid | None = None
        self.prompt_bias: Any = None  # (prompts, 1, 1, tokens), minus infinity where a prompt is padded
        self.own_bias: Any = None  # (rows, 1, 1, tokens), the same of rows
        self.attended = 0

    # --- the interface of CachedRows ----------------------------------------------------------------
    def feed(self, ids: Any, positions: Any, mask: Any | None) -> Any:
        """As `CachedRows.feed`: prompts first, then one token to each row. mask: of the prompts."""
        if self._prompt is None:
            output = self._forward(ids, positions, mask, use_cache=True, past_key_values=self._cache)
            for layer in self.layers:
                layer.share()
            self._prompt, self._late = np.arange(len(ids)), np.zeros(len(ids), dtype=int)
            self._mask = torch.ones_like(ids) if mask is None else mask
            self._look_at_prompts()
            return output.logits[:, -1, :]
        self._look_at_rows(ids.device)
        self.attended = 0
        with _attending(self):
            output = self._forward(ids, positions, None, use_cache=True, past_key_values=self._cache)
        if self.attended != len(self.layers):
            raise TypeError("the model attends in a way of its own")
        return output.logits[:, -1, :]

    def choose(self, order: Any, rows: int) -> None:
        """As `CachedRows.choose`. Prompts that no row continues are dropped."""
        chosen = order.cpu().numpy()
        self._prompt, self._late = self._prompt[chosen], self._late[chosen]
        self._grid = None
        places = np.arange(len(chosen))
        moved = places[chosen != places]
        targets, sources = (torch.from_numpy(x).to(order.device) for x in (moved, chosen[moved]))
        left, self._prompt = np.unique(self._prompt, return_inverse=True)
        kept = torch.from_numpy(left).to(order.device) if len(left) < len(self._mask) else None
        for layer in self.layers:
            layer.move(sources, targets, len(chosen))
            if kept is not None:
                layer.keep_prompts(kept)
        if kept is not None:
            self._mask = self._mask[kept]
            self._look_at_prompts()

    def take_in(self, other: Any, unused: int) -> None:
        """As `CachedRows.take_in`; which tokens no row uses is known here."""
        free = int(self._late.min())
        own, new = self._own - free, other._own
        longest = max(own, new)
        for mine, theirs in zip(self.layers, other.layers, strict=True):
            mine.take_in(theirs, free)
        self._late = np.concatenate([self._late - free + longest - own, other._late + longest - new])
        self._prompt = np.concatenate([self._prompt, other._prompt + len(self._mask)])
        self._mask = stacked(self._mask, other._mask, -1)
        self._grid = None
        self._look_at_prompts()

    # --- what attention needs to know ---------------------------------------------------------------
    def layer_of(self, keys: Any) -> SharedPromptLayer:
        """The layer whose rows' own keys these are. Raises TypeError: something was done to them."""
        if self.attended < len(self.layers):
            layer: SharedPromptLayer = self.layers[self.attended]
            if layer.keys is keys:
                self.attended += 1
                return layer
        raise TypeError("the model attends to other keys than its cache gave")

    def grid(self, work: int, device: Any) -> Grid:
        """Rows sorted by prompt; work: products for one row's attention to its prompt."""
        if self._grid is None:
            self._grid = sorted_by_prompt(self._prompt, max(1, _SPARE // work), device)
        return self._grid

    @property
    def _own(self) -> int:
        return int(self.layers[0].keys.shape[-2])

    def _look_at_prompts(self) -> None:
        self.prompt_bias = None if bool(self._mask.all()) else _bias(self._mask)

    def _look_at_rows(self, device: Any) -> None:
        self.own_bias = None
        if self._late.any():
            late = torch.from_numpy(self._late).to(device)
            self.own_bias = _bias(torch.arange(self._own + 1, device=device) >= late[:, None])


def sorted_by_prompt(prompt: Any, spare: int, device: Any) -> Grid:
    """Blocks of neighbouring prompts of about as many rows: at most `spare` places of a block are no row's."""
    counts = np.bincount(prompt)
    if len(counts) == 1:
        return Grid((Block(0, 1, len(prompt)),), None, None)
    blocks: list[Block] = []
    for place, count in enumerate(counts):
        if blocks:
            first, width = blocks[-1].first, max(blocks[-1].width, int(count))
            if width * (place + 1 - first) - counts[first : place + 1].sum() <= spare:
                blocks[-1] = Block(first, place + 1, width)
                continue
        blocks.append(Block(place, place + 1, int(count)))
    widths = np.concatenate([np.full(b.last - b.first, b.width) for b in blocks])
    order = np.argsort(prompt, kind="stable")
    within = np.empty(len(prompt), dtype=int)
    within[order] = np.arange(len(prompt)) - np.repeat(counts.cumsum() - counts, counts)
    places = (widths.cumsum() - widths)[prompt] + within
    rows = np.zeros(widths.sum(), dtype=int)
    rows[places] = np.arange(len(prompt))
    return Grid(tuple(blocks), torch.from_numpy(rows).to(device), torch.from_numpy(places).to(device))


_ROWS: ContextVar[SharedPromptRows | None] = ContextVar("shared_prompt_rows", default=None)


@contextmanager
def _attending(rows: SharedPromptRows) -> Iterator[None]:
    token = _ROWS.set(rows)
    try:
        yield
    finally:
        _ROWS.reset(token)


def attend(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: float | None = None,
    **more: Any,
) -> tuple[Any, None]:
    """Attention as transformers calls it: of one new token to each row, while `SharedPromptRows` feeds it; else the library's.

    query: (rows, heads, 1, size); key, value: (rows, key heads, own tokens, size); returns (rows, 1, heads, size).
    """
    rows = _ROWS.get()
    if rows is None:
        result: tuple[Any, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **more
        )
        return result
    strange = {
        k for k, given in more.items() if k not in _HARMLESS and given is not None and given is not False
    }
    if attention_mask is not None or strange or query.shape[-2] != 1:
        raise TypeError(f"attention is asked for more than keys and values: {sorted(strange) or 'a mask'}")
    layer = rows.layer_of(key)
    assert layer.prompts is not None
    count, heads, _, size = query.shape
    key_heads = key.shape[1]
    scale = size**-0.5 if scaling is None else scaling
    query = (query * scale).view(count, key_heads, heads // key_heads, size)
    grid = rows.grid(heads * layer.prompts[0].shape[-2] * size, query.device)
    apart = _to_prompts(query, layer.prompts, rows.prompt_bias, grid)
    together = _joined(apart, to_some(query, key, value, rows.own_bias))
    return together.to(value.dtype).reshape(count, 1, heads, value.shape[-1]), None


@dataclass(frozen=True)
class Part:
    """Attention to some of the keys: values by the weights over these alone (..., size), and the logarithm of the weights' sum (..., 1)."""

    values: Any
    log_sum: Any


def to_some(query: Any, keys: Any, values: Any, bias: Any | None) -> Part:
    """query: (rows, key heads, queries, size), scaled; keys, values: (rows, key heads, tokens, size); bias: (rows, 1, 1, tokens)."""
    if query.device.type != "cpu":
        return by_products(query, keys, values, bias)
    # What scaled_dot_product_attention runs on a CPU, which keeps the sum to itself.
    mask = None if bias is None else bias.to(query.dtype).expand(-1, -1, query.shape[2], -1)
    together, log_sum = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, keys, values, 0.0, False, attn_mask=mask, scale=1.0
    )
    return Part(together.to(log_sum.dtype), log_sum[..., None])


def by_products(query: Any, keys: Any, values: Any, bias: Any | None) -> Part:
    """As `to_some`, for every device."""
    if query.dtype in (torch.float16, torch.bfloat16):  # whose scores would be rounded before the softmax
        query, keys = query.float(), keys.float()
    scores = query @ keys.transpose(-1, -2)
    if bias is not None:
        scores = scores + bias
    log_sum = scores.logsumexp(dim=-1, keepdim=True)
    weights = (scores - log_sum).exp_()
    return Part((weights.to(values.dtype) @ values).to(scores.dtype), log_sum)


def _to_prompts(query: Any, prompts: tuple[Any, Any], bias: Any | None, grid: Grid) -> Part:
    """Every row's attention to its prompt. query: (rows, key heads, queries of each, size)."""
    keys, values = prompts
    _, key_heads, each, size = query.shape
    if grid.rows is not None:
        query = query.index_select(0, grid.rows)
    parts, start = [], 0
    for block in grid.blocks:
        number = block.last - block.first
        end = start + number * block.width
        beside = query[start:end].view(number, block.width, key_heads, each, size).transpose(1, 2)
        some = slice(block.first, block.last)
        part = to_some(
            beside.reshape(number, key_heads, block.width * each, size), keys[some], values[some],
            None if bias is None else bias[some],
        )  # fmt: skip
        shape = number, key_heads, block.width, each
        parts.append([
            x.reshape(*shape, x.shape[-1]).transpose(1, 2).flatten(0, 1) for x in (part.values, part.log_sum)
        ])  # fmt: skip
        start = end
    columns = parts[0] if len(parts) == 1 else [torch.cat(column) for column in zip(*parts, strict=True)]
    return Part(*(x if grid.places is None else x.index_select(0, grid.places) for x in columns))


def _joined(one: Part, other: Part) -> Any:
    """The attention to both sets of keys: each counts as much as its weights' sum."""
    return torch.lerp(other.values, one.values, torch.sigmoid(one.log_sum - other.log_sum))


def _bias(mask: Any) -> Any:
    """What is added to scores: 0 where the mask, (rows, tokens), holds, minus infinity elsewhere."""
    bias = torch.zeros(mask.shape, device=mask.device)
    return bias.masked_fill_(mask == 0, -torch.inf)[:, None, None]


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
