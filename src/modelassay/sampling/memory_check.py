"""How a model's rows can be kept, found by trying it on the model itself.

A few made-up tokens go through as rows that are padded, divide, leave and join, and after every step the logits must be
those of the whole text fed alone, without any cache. What fails is not used: rows then do not join, prompts of
different lengths do not share a pass, or the whole text is fed for every token. Plain attention needs no trial, but for
two steps of one where a prompt's keys and values are to be kept once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from modelassay.core.errors import BackendError
from modelassay.sampling.forward_pass import Forward
from modelassay.sampling.model_files import first_line
from modelassay.sampling.row_cache import stacked
from modelassay.sampling.row_memory import CachedRows, Memory
from modelassay.sampling.shared_prompts import ATTENTION

_PLAIN: Final = (DynamicLayer, DynamicSlidingWindowLayer)
_LONG, _SHORT = 11, 6  # tokens of the prompts that are tried
# How far logits may lie apart, in their standard deviations: rounding alone stays far below, a lost state far above.
_TOLERANCE: Final = {torch.float32: 0.02, torch.float64: 0.02}
_HALF_TOLERANCE: Final = 0.4
_ROUNDING: Final = 1e-3  # what 32 bits alone hardly reach, in standard deviations of the logits


def find_memory(model: Any, longest: int | None = None) -> Memory:
    """The best way to keep the model's rows. Raises BackendError where not even whole texts give finite logits.

    longest: how many tokens a text will have at most; None: any number.
    """
    takes = Forward(model).takes
    pads = {"position_ids", "attention_mask"} <= takes
    if plain_attention(model):
        if pads and _shares_prompts(model, longest):
            return Memory(shared=True)
        return Memory(pads=pads, joins=pads and CachedRows(model).joins)
    trial = Trial(model)
    for memory in _ways(model, "attention_mask" in takes):
        if trial.holds(memory):
            return _with_drift(memory, model, trial.furthest)
    raise BackendError(
        f"the model does not give the same logits twice: {trial.trouble}",
        hint="check that the folder is whole and that this transformers release knows the architecture",
    )


def _with_drift(memory: Memory, model: Any, furthest: float) -> Memory:
    """The memory with a note where its logits lie further from those of whole texts than rounding explains."""
    if not memory.cached or model.dtype not in _TOLERANCE or furthest <= _ROUNDING:
        return memory
    note = (
        f"this {model.config.model_type} model's own cache does not give what whole texts give: logits lay "
        f"{furthest:.2g} standard deviations apart after a few tokens, as in transformers' generate()"
    )
    return replace(memory, note=f"{memory.note}; {note}" if memory.note else note)


def plain_attention(model: Any) -> bool:
    """Whether every layer keeps keys and values of its own, in the library's plain cache."""
    if "past_key_values" not in Forward(model).takes or getattr(model, "_is_stateful", False):
        return False
    layers = DynamicCache(config=model.config).layers
    return all(type(layer) in _PLAIN for layer in layers)


def _shares_prompts(model: Any, longest: int | None) -> bool:
    """Whether a prompt's keys and values can be kept once for all of its rows, tried on a few tokens.

    A window of attention that no text outgrows is none.
    """
    layers = DynamicCache(config=model.config).layers
    windows = [getattr(layer, "sliding_window", None) for layer in layers]
    if not layers or any(w is not None and (longest is None or longest >= w) for w in windows):
        return False
    if model.config._attn_implementation not in ("sdpa", ATTENTION):
        return False
    if Trial(model).holds(Memory(shared=True), steps=2):
        return True
    if model.config._attn_implementation == ATTENTION:
        model.set_attn_implementation("sdpa")
    return False


def _ways(model: Any, masks: bool) -> Iterator[Memory]:
    """Every way to keep rows, best first."""
    kind = model.config.model_type
    slow = f"the cache of this {kind} model cannot be divided into rows: every token reads the whole text again, which is slow"
    apart = f"this {kind} model's prompts of different lengths cannot share a pass: problems are sampled one by one"
    if masks:
        yield Memory()
        yield Memory(joins=False)
        yield Memory(own=True, joins=False)
    yield Memory(pads=False, joins=False, note=apart)
    yield Memory(own=True, pads=False, joins=False, note=apart)
    if masks:
        yield Memory(cached=False, note=slow)
    yield Memory(cached=False, pads=False, joins=False, note=f"{slow}; problems are sampled one by one")


@dataclass
class Rows:
    """Rows under trial: what is kept of them, their texts, and where they are padded."""

    memory: Any
    texts: list[list[int]]
    mask: Any


class Trial:
    """Tries memories on one model. trouble: why the last one was not kept. furthest: how far the logits of the last one lay
    from those of whole texts, in their standard deviations.
    """

    def __init__(self, model: Any) -> None:
        self._model, self._forward = model, Forward(model)
        self._size = model.config.get_text_config().vocab_size
        self._tolerance = _TOLERANCE.get(model.dtype, _HALF_TOLERANCE)
        self._alone: dict[tuple[int, ...], Any] = {}
        self.trouble, self.furthest = "", 0.0

    def holds(self, memory: Memory, steps: int | None = None) -> bool:
        """Whether rows kept so have, at each of so many steps (None: all), the logits of their texts alone."""
        self.furthest = 0.0
        try:
            with torch.inference_mode():
                return all(self._same(*step) for step in islice(self._steps(memory), steps))
        except Exception as error:  # whatever other people's models raise, the next way is tried
            self.trouble = first_line(error)
            return False

    def _steps(self, memory: Memory) -> Iterator[tuple[Any, list[list[int]]]]:
        """Logits and texts after each step of a short life of rows."""
        rows, logits = self._begun(memory, [_LONG, _SHORT if memory.pads else _LONG])
        yield logits, rows.texts
        for order in ([0, 1, 0], [2, 1, 0, 2], [3, 1]):
            yield self._on(rows, order), rows.texts
        if memory.joins:
            others, logits = self._begun(memory, [_SHORT + 1])
            if not (rows.memory.joins and others.memory.joins):
                raise TypeError("rows of this cache cannot join")
            unused = int(rows.mask.any(dim=0).int().argmax())
            rows.memory.take_in(others.memory, unused)
            rows.mask = stacked(rows.mask[:, unused:], others.mask, -1)
            rows.texts = [*rows.texts, *others.texts]
            yield self._on(rows, [0, 1, 2]), rows.texts
        yield self._on(rows, [1]), rows.texts

    def _begun(self, memory: Memory, lengths: list[int]) -> tuple[Rows, Any]:
        texts = [[(i * 7 + 11 * row + 3) % self._size for i in range(n)] for row, n in enumerate(lengths)]
        longest = max(lengths)
        ids = torch.tensor([[0] * (longest - len(text)) + text for text in texts])
        mask = torch.tensor([[0] * (longest - len(text)) + [1] * len(text) for text in texts])
        device = self._model.device
        rows = Rows(memory.rows(self._model), texts, mask.to(device))
        positions = (rows.mask.cumsum(-1) - 1).clamp(min=0)
        return rows, rows.memory.feed(ids.to(device), positions, self._mask_of(rows))

    def _on(self, rows: Rows, order: list[int]) -> Any:
        """The logits after each row of `order` has got a token of its own."""
        device = self._model.device
        chosen, before = torch.tensor(order, device=device), len(rows.texts)
        if order != list(range(before)):
            rows.memory.choose(chosen, before)
        rows.texts = [[*rows.texts[row], (13 * place + 5) % self._size] for place, row in enumerate(order)]
        rows.mask = torch.cat([rows.mask[chosen], rows.mask.new_ones((len(order), 1))], dim=-1)
        tokens = torch.tensor([[text[-1]] for text in rows.texts], device=device)
        return rows.memory.feed(tokens, rows.mask.sum(-1, keepdim=True) - 1, self._mask_of(rows))

    @staticmethod
    def _mask_of(rows: Rows) -> Any | None:
        return None if bool(rows.mask.all()) else rows.mask

    def _same(self, logits: Any, texts: list[list[int]]) -> bool:
        for row, text in zip(logits, texts, strict=True):
            alone = self._logits_alone(text)
            apart = ((row - alone).abs().max() / alone.float().std()).item()
            if not apart <= self._tolerance:  # nor is it where it is no number
                self.trouble = f"logits lie {apart:.2g} standard deviations apart"
                return False
            self.furthest = max(self.furthest, apart)
        return True

    def _logits_alone(self, text: list[int]) -> Any:
        key = tuple(text)
        if key not in self._alone:
            ids = torch.tensor([text], device=self._model.device)
            places = torch.arange(len(text), device=ids.device)[None]
            self._alone[key] = self._forward(ids, places, None, use_cache=False).logits[0, -1]
        return self._alone[key]
