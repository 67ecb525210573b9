"""A prompt's keys and values are kept once for all rows that continue it, and attention to them is exact."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling import shared_prompts  # noqa: E402
from modelassay.sampling.memory_check import find_memory  # noqa: E402
from modelassay.sampling.sampler import remaining  # noqa: E402
from modelassay.sampling.shared_prompts import SharedPromptRows, sorted_by_prompt  # noqa: E402
from modelassay.sampling.transformers_engine import Batching, TransformersSampler  # noqa: E402

_TINY = {
    "vocab_size": 405, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
_SHAPES = [(1, 4, 4, 8), (3, 4, 2, 8), (5, 6, 1, 16)]  # prompts, heads, key heads, size of a head


def _model(family: str, **more: Any) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **_TINY, **more)).eval()


@pytest.mark.parametrize("longest", [None, 4096])
def test_a_window_that_a_text_outgrows_is_not_shared(longest: int | None) -> None:
    """StarCoder2's layers look back 4,096 tokens."""
    assert not find_memory(_model("starcoder2", sliding_window=4096), longest).shared


def test_attention_that_asks_for_more_is_refused() -> None:
    """A model whose attention is given what is not known here keeps its rows in another way."""
    query = torch.zeros((1, 2, 1, 4))
    with shared_prompts._attending(SharedPromptRows(_model("llama"))):
        for more in ({"sinks": torch.ones(2)}, {"softcap": 50.0}):
            with pytest.raises(TypeError, match="more than keys and values"):
                shared_prompts.attend(None, query, query, query, None, **more)
        with pytest.raises(TypeError, match="a mask"):
            shared_prompts.attend(None, query, query, query, torch.zeros((1, 1, 1, 1)))
        with pytest.raises(TypeError, match="other keys"):
            shared_prompts.attend(None, query, query, query, None)


@pytest.mark.parametrize("spare", [1, 5, 1000])
@pytest.mark.parametrize(("prompts", "heads", "key_heads", "size"), _SHAPES)
@pytest.mark.parametrize("way", [shared_prompts.to_some, shared_prompts.by_products])
def test_two_parts_are_the_attention_to_both(
    way: Any, prompts: int, heads: int, key_heads: int, size: int, spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows of padded prompts in any order and number, and rows that began later: softmax over all keys at once."""
    torch.manual_seed(prompts)
    each = heads // key_heads
    prompt = np.random.default_rng(prompts).permutation(np.repeat(np.arange(prompts), range(1, prompts + 1)))
    rows, own, length = len(prompt), 3, 7
    query = torch.randn(rows, key_heads, each, size)
    keys, values = torch.randn(2, prompts, key_heads, length, size)
    own_keys, own_values = torch.randn(2, rows, key_heads, own, size)
    there = torch.arange(length) >= torch.arange(prompts)[:, None]
    begun = torch.arange(own) >= (torch.arange(rows) % own)[:, None]
    bias, own_bias = shared_prompts._bias(there), shared_prompts._bias(begun)
    monkeypatch.setattr(shared_prompts, "to_some", way)
    apart = shared_prompts._to_prompts(query, (keys, values), bias, sorted_by_prompt(prompt, spare, "cpu"))
    got = shared_prompts._joined(apart, way(query, own_keys, own_values, own_bias))
    of = torch.from_numpy(prompt)
    scores = query @ torch.cat([keys[of], own_keys], dim=2).transpose(-1, -2)
    scores = scores + torch.cat([bias[of], own_bias], dim=-1)
    whole = scores.softmax(dim=-1) @ torch.cat([values[of], own_values], dim=2)
    assert torch.allclose(got, whole, atol=1e-5)


@pytest.mark.parametrize("spare", [0, 3, 100])
def test_every_row_has_a_place_among_its_prompts(spare: int) -> None:
    """Places lead back to rows, stand in the block of their prompt, and no block has more spare ones than allowed."""
    prompt = np.random.default_rng(1).permutation(np.repeat(np.arange(6), [1, 9, 2, 2, 1, 4]))
    grid = sorted_by_prompt(prompt, spare, "cpu")
    assert grid.rows is not None
    assert grid.places is not None
    assert (grid.rows[grid.places] == torch.arange(len(prompt))).all()
    start = 0
    for block in grid.blocks:
        end = start + (block.last - block.first) * block.width
        inside = [row for row, place in enumerate(grid.places.tolist()) if start <= place < end]
        assert all(
            block.first + (int(grid.places[row]) - start) // block.width == prompt[row] for row in inside
        )
        assert end - start - len(inside) <= spare
        start = end
    assert start == len(grid.rows)


def test_a_prompt_is_kept_once_and_dropped_with_its_last_row() -> None:
    """However many rows continue it."""
    model = _model("llama")
    rows = SharedPromptRows(model)
    ids = torch.arange(14).view(2, 7)
    with torch.inference_mode():
        rows.feed(ids, torch.arange(7).expand(2, 7), None)
        rows.choose(torch.tensor([0, 1, 0, 0, 1]), 2)
        rows.feed(torch.ones((5, 1), dtype=torch.long), torch.full((5, 1), 7), None)
        assert [tuple(layer.prompts[0].shape) for layer in rows.layers if layer.prompts] == [(2, 2, 7, 8)] * 2
        assert rows.layers[0].keys.shape == (5, 2, 1, 8)
        rows.choose(torch.tensor([4, 1]), 5)
    assert [len(layer.prompts[0]) for layer in rows.layers if layer.prompts] == [1, 1]


def test_rows_that_joined_go_on_alone_when_others_join() -> None:
    """What only those before them had is dropped, and nobody attends to places that are no token's."""
    model = _model("llama")
    texts = [[3, 5, 7], [11, 13, 17, 19], [23, 29]]

    def begun(text: list[int]) -> SharedPromptRows:
        rows = SharedPromptRows(model)
        rows.feed(torch.tensor([text]), torch.arange(len(text))[None], None)
        return rows

    def fed(rows: SharedPromptRows, these: list[list[int]], token: int) -> Any:
        for text in these:
            text.append(token)
        ids = torch.full((len(these), 1), token)
        return rows.feed(ids, torch.tensor([[len(text) - 1] for text in these]), None)

    with torch.inference_mode():
        rows = begun(texts[0])
        for token in (2, 4):
            fed(rows, texts[:1], token)
        rows.take_in(begun(texts[1]), 0)
        for token in (6, 8, 9):
            fed(rows, texts[:2], token)
        rows.choose(torch.tensor([1]), 2)
        rows.take_in(begun(texts[2]), 0)
        logits = fed(rows, texts[1:], 10)
        alone = [model(torch.tensor([text]), use_cache=False).logits[0, -1] for text in texts[1:]]
    assert rows.layers[0].keys.shape[-2] == 4
    assert torch.allclose(logits, torch.stack(alone), atol=1e-5)


def test_samples_are_those_of_rows_with_prompts_of_their_own(
    tiny_model: Path,
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same texts, with rows from several problems that join as others end."""
    plan = make_plan(tiny_model, problems=6, samples=8, protocol="chat", max_tokens=24)
    texts = []
    for shares in (True, False):
        if not shares:
            monkeypatch.setattr("modelassay.sampling.memory_check._shares_prompts", lambda *_: False)
        batching = Batching(rows=20, turns=3)
        with TransformersSampler(tiny_model, plan, starter, device="cpu", batching=batching) as sampler:
            assert sampler._memory.shared == shares
            texts.append(
                {
                    (c.problem, c.index): c.text
                    for b in sampler.sample(remaining(plan, []))
                    for c in b.completions
                }
            )
    assert texts[0] == texts[1]
