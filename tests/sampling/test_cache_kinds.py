"""Models whose cache is more than keys and values: shared rows give, token by token, what an uncached run gives."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling.memory_check import find_memory  # noqa: E402
from modelassay.sampling.row_memory import CachedRows  # noqa: E402
from modelassay.sampling.sampler import remaining  # noqa: E402
from modelassay.sampling.stop_texts import whole_letters  # noqa: E402
from modelassay.sampling.token_sampling import choose, uniforms  # noqa: E402
from modelassay.sampling.transformers_engine import Batching, TransformersSampler  # noqa: E402

_PLAIN: dict[str, Any] = {
    "vocab_size": 405, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 512, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
_GROUPED = {**_PLAIN, "num_key_value_heads": 2}
_DELTA = {
    **_GROUPED, "head_dim": 8, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
    "linear_value_head_dim": 8, "layer_types": ["linear_attention", "full_attention"],
}  # fmt: skip
_EXPERTS = {
    "moe_intermediate_size": 16,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
}
# Multi-head latent attention: one compressed key and value for all heads.
_LATENT = {
    "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "n_group": 1, "topk_group": 1,
    "num_key_value_heads": 4,
}  # fmt: skip
# Attention to the few tokens an index chooses. With few heads many tokens score exactly 0, and which of them are chosen is
# nobody's rule; the real models have 16 heads and more.
_INDEXED = {"index_topk": 8, "index_head_dim": 8, "index_n_heads": 16}
_DSA = {
    **_PLAIN,
    **_EXPERTS,
    **_LATENT,
    **_INDEXED,
    "q_lora_rank": 16,
    "mlp_layer_types": ["dense", "sparse"],
}
_DSA["layer_types"] = ["indexed_attention"] * 2
_SPARSE = {**_GROUPED, "head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
_SSM = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1, "mamba_expand": 2}
_ZAMBA2 = {
    **_PLAIN, "num_hidden_layers": 4, "num_key_value_heads": 4, "n_mamba_heads": 8, "mamba_headdim": 8, "mamba_d_state": 8,
    "attention_head_dim": 16, "attention_hidden_size": 64, "adapter_rank": 8, "chunk_size": 16, "hybrid_layer_ids": [1, 3],
    "layers_block_type": ["linear_attention", "hybrid"] * 2,
}  # fmt: skip

# model_type → a small configuration of its real architecture, and how its rows can be kept: cached or whole texts,
# whether prompts of different lengths share a pass, whether rows join.
KINDS: dict[str, tuple[dict[str, Any], tuple[bool, bool, bool]]] = {
    "qwen3_5_text": (_DELTA, (True, True, True)),
    "qwen3_next": (
        {**_DELTA, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
         "shared_expert_intermediate_size": 16},
        (True, True, True),
    ),
    "granitemoehybrid": (
        {**_GROUPED, **_SSM, "layer_types": ["mamba", "attention"], "num_local_experts": 0, "shared_intermediate_size": 32},
        (True, True, True),
    ),
    "falcon_h1": ({**_GROUPED, **_SSM, "mamba_d_ssm": 64}, (True, True, True)),
    "bamba": ({**_GROUPED, **_SSM, "attn_layer_indices": [1]}, (True, True, True)),
    "jamba": (
        {**_GROUPED, "attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 2, "mamba_d_state": 8,
         "use_mamba_kernels": False, "mamba_dt_rank": 4},
        (True, True, True),
    ),
    "nemotron_h": (
        {**_GROUPED, "num_hidden_layers": 4, "hybrid_override_pattern": "M*M-", "head_dim": 8, "mamba_num_heads": 8,
         "mamba_head_dim": 8, "ssm_state_size": 8, "n_groups": 1},
        (True, True, True),
    ),
    "lfm2": ({**_GROUPED, "layer_types": ["conv", "full_attention"], "block_multiple_of": 8}, (True, True, True)),
    "olmo_hybrid": ({**_GROUPED, "layer_types": ["linear_attention", "full_attention"]}, (True, True, True)),
    "mamba": ({**_PLAIN, "state_size": 8}, (True, True, True)),
    "mamba2": ({**_PLAIN, "num_heads": 8, "head_dim": 8, "state_size": 8, "n_groups": 1}, (True, True, True)),
    "falcon_mamba": ({**_PLAIN, "state_size": 8}, (True, True, True)),
    "rwkv": ({**_PLAIN, "context_length": 512, "attention_hidden_size": 32}, (False, False, False)),
    "recurrent_gemma": (
        {**_PLAIN, "num_hidden_layers": 3, "num_key_value_heads": 1, "lru_width": 32, "attention_window_size": 16},
        (False, False, False),
    ),
    "minimax": (
        {**_GROUPED, "head_dim": 8, "num_local_experts": 2, "layer_types": ["full_attention", "linear_attention"]},
        (True, True, False),
    ),
    "gemma3n_text": (
        {**_GROUPED, "num_hidden_layers": 4, "head_dim": 8, "sliding_window": 16, "num_kv_shared_layers": 2,
         "hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": 405, "laurel_rank": 4, "altup_num_inputs": 2,
         "layer_types": ["sliding_attention", "full_attention"] * 2, "activation_sparsity_pattern": [0.0] * 4},
        (True, True, False),
    ),
    "gemma3_text": (
        {**_GROUPED, "head_dim": 8, "sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]},
        (True, True, False),
    ),
    "mistral": ({**_GROUPED, "sliding_window": 16}, (True, True, False)),
    "gemma4_text": (
        {**_GROUPED, "num_hidden_layers": 4, "head_dim": 8, "sliding_window": 16, "num_kv_shared_layers": 2,
         "hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": 405,
         "layer_types": ["sliding_attention", "full_attention"] * 2},
        (True, True, False),
    ),
    "llama4_text": (
        {**_GROUPED, "head_dim": 8, "num_local_experts": 4, "attention_chunk_size": 16, "intermediate_size_mlp": 64,
         "layer_types": ["chunked_attention", "full_attention"]},
        (True, True, False),
    ),
    "inkling_text": (
        {**_GROUPED, **_EXPERTS, "head_dim": 8, "sliding_window_size": 16, "swa_num_attention_heads": 4,
         "swa_num_key_value_heads": 2, "swa_head_dim": 8, "unpadded_vocab_size": 405,
         "layer_types": ["hybrid_sliding", "hybrid"]},
        (True, True, False),
    ),
    "kimi_linear": (
        {**_PLAIN, **_EXPERTS, **_LATENT, "num_local_experts": 4, "head_dim": 8, "linear_head_dim": 8,
         "linear_num_heads": 4, "layer_types": ["linear_attention", "full_attention"]},
        (True, True, True),
    ),
    "lfm3": ({**_GROUPED, "head_dim": 8, "layer_types": ["conv", "full_attention"]}, (True, True, True)),
    "zamba": (
        {**_PLAIN, "num_hidden_layers": 6, "num_key_value_heads": 4, "attn_layer_period": 3, "attn_layer_offset": 1,
         "mamba_d_state": 8, "mamba_dt_rank": 4, "use_mamba_kernels": False, "n_mamba_heads": 8},
        (True, True, True),
    ),
    "xlstm": ({**_PLAIN, "embedding_dim": 32, "num_blocks": 2, "num_heads": 4}, (False, False, False)),
    "deepseek_v4": (
        {**_PLAIN, **_EXPERTS, **_INDEXED, "num_key_value_heads": 1, "head_dim": 8, "q_lora_rank": 16,
         "qk_rope_head_dim": 8, "sliding_window": 16, "o_groups": 2, "o_lora_rank": 8},
        (True, True, False),
    ),
    "qwen4_exp_text": (
        {**_DELTA, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
         "shared_expert_intermediate_size": 16, "indexer_n_heads": 2, "indexer_kv_heads": 1, "indexer_head_dim": 8,
         "indexer_budget": 16, "indexer_compress_ratio": 4, "hc_count": 2, "hc_lowrank": 8},
        (True, True, False),
    ),
    "deepseek_v32": (_DSA, (True, True, False)),
    "glm_moe_dsa": (_DSA, (True, True, False)),
    "axk2": (_DSA, (True, True, False)),
    "hy_v4": ({**_DSA, "indexer_types": ["full", "shared"]}, (True, True, False)),
    "dots3_note_text": (
        {**_DSA, "sliding_window": 16, "layer_types": ["indexed_attention", "sliding_attention"]}, (True, True, False),
    ),
    "minimax_m3_vl_text": (
        {**_SPARSE, "num_key_value_heads": 4, "num_local_experts": 4, "dense_intermediate_size": 64,
         "shared_intermediate_size": 32, "rotary_dim": 8, "mlp_layer_types": ["dense", "sparse"], "index_n_heads": 4,
         "index_head_dim": 8, "index_block_size": 8, "index_topk_blocks": 2,
         "layer_types": ["full_attention", "minimax_m3_sparse"]},
        (True, False, False),
    ),
    "bailing_hybrid": (
        {**_PLAIN, **_LATENT, "head_dim": 8, "num_experts": 4, "num_experts_per_token": 2, "num_shared_experts": 1,
         "moe_intermediate_size": 16, "num_expert_group": 1, "layer_types": ["linear_attention", "full_attention"],
         "mlp_layer_types": ["dense", "sparse"]},
        (True, True, True),
    ),
    "qwen3_5_moe_text": (
        {**_DELTA, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
         "shared_expert_intermediate_size": 16},
        (True, True, True),
    ),
    "lfm2_moe": ({**_SPARSE, "layer_types": ["conv", "full_attention"], "num_dense_layers": 1}, (True, True, True)),
    "zaya": ({**_SPARSE, "num_experts_per_tok": 1, "router_hidden_size": 16}, (True, True, True)),
    # Its cached step knows no lower limit of the time step, which its whole texts do: with a limit that acts the two differ.
    "zamba2": ({**_ZAMBA2, "time_step_min": 1e-9}, (True, True, True)),
    "inkling2_text": (
        {**_GROUPED, **_EXPERTS, "head_dim": 8, "sliding_window": 16, "layer_types": ["hybrid", "hybrid_sliding"]},
        (True, True, False),
    ),
    "gpt_oss": (
        {**_SPARSE, "num_local_experts": 4, "sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]},
        (True, True, False),
    ),
    "mimo_v2_flash": (
        {**_SPARSE, "v_head_dim": 8, "n_routed_experts": 4, "n_group": 1, "topk_group": 1, "sliding_window": 16,
         "layer_types": ["full_attention", "sliding_attention"], "mlp_layer_types": ["dense", "sparse"]},
        (True, True, False),
    ),
    "modernbert-decoder": (
        {**_PLAIN, "sliding_window": 16, "layer_types": ["full_attention", "sliding_attention"]}, (True, True, False),
    ),
    "doge": ({**_GROUPED, "sliding_window": 16}, (True, True, False)),
    "bloom": ({"vocab_size": 405, "hidden_size": 32, "n_layer": 2, "n_head": 4}, (True, False, False)),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind in turn."""
    return str(request.param)


@pytest.fixture
def model_folder(kind: str, tmp_path: Path, model_maker: Callable[..., Path]) -> Path:
    """A model of that kind with random weights."""
    from transformers import AutoConfig

    return model_maker(tmp_path, AutoConfig.for_model(kind, **KINDS[kind][0]))


def test_shared_rows_are_those_of_an_uncached_run(
    kind: str,
    model_folder: Path,
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """Rows that divide, leave, wait and join hold the tokens each would draw from its whole text alone; where rows
    cannot be had from the cache, it is said.
    """
    from transformers import AutoModelForCausalLM

    plan, notes = make_plan(model_folder, problems=3, samples=4, protocol="chat", max_tokens=6), list[str]()
    assert plan.decoding is not None
    with TransformersSampler(
        model_folder, plan, starter, device="cpu", batching=Batching(rows=6, turns=2), note=notes.append
    ) as it:
        rendered, tokenizer, memory = dict(it.rendered), it._tokenizer, it._memory
        got = {(c.problem, c.index): c for b in it.sample(remaining(plan, [])) for c in b.completions}
    model = AutoModelForCausalLM.from_pretrained(str(model_folder), dtype=torch.float32).eval()
    seen: dict[tuple[int, ...], Any] = {}
    same = 0
    for (name, index), completion in got.items():
        prompt = list(rendered[name].token_ids)
        ids, ends = list(prompt), set(rendered[name].stop_ids)
        for number in uniforms(plan.hash, name, index, 6):
            if tuple(ids) not in seen:
                with torch.inference_mode():
                    seen[tuple(ids)] = model(input_ids=torch.tensor([ids]), use_cache=False).logits[:, -1]
            token = int(choose(seen[tuple(ids)], torch.tensor([0]), torch.tensor([number]), plan.decoding)[0])
            ids.append(token)
            if token in ends:
                ids.pop()
                break
        alone = tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True)
        alone = whole_letters(alone, completion.finish_reason)
        same += completion.text == rendered[name].opening + alone
    assert same >= len(got) - 1  # rounding may tip a token once in many thousand
    assert len({c.text for c in got.values()}) > 3
    assert (memory.cached, memory.pads, memory.joins) == KINDS[kind][
        1
    ]  # the best way that holds for the kind
    assert any("reads the whole text again" in note for note in notes) == (not memory.cached)


def test_a_cache_of_another_formula_is_said(tmp_path: Path, model_maker: Callable[..., Path]) -> None:
    """Where a model's cached step is not what its whole text computes, as with Zamba2's least time step, a run says so."""
    from transformers import AutoConfig, AutoModelForCausalLM

    for least, said in ((0.001, True), (1e-9, False)):
        config = AutoConfig.for_model("zamba2", **{**_ZAMBA2, "time_step_min": least})
        folder = model_maker(tmp_path / str(least), config)
        memory = find_memory(AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval())
        assert ("does not give what whole texts give" in memory.note) == said, memory


def test_a_quantized_cache_is_found_out(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and values in 8 bits are not the model's own: they are not used where logits would be others."""
    from transformers import AutoModelForCausalLM
    from transformers.cache_utils import DynamicCache, Fp8QuantizedLayer

    def quantized(model: Any) -> DynamicCache:
        cache = DynamicCache(config=model.config)
        cache.layers = [Fp8QuantizedLayer() for _ in cache.layers]
        return cache

    model = AutoModelForCausalLM.from_pretrained(str(tiny_model), dtype=torch.float32).eval()
    monkeypatch.setattr("modelassay.sampling.memory_check.plain_attention", lambda _: False)
    monkeypatch.setattr("modelassay.sampling.row_memory.new_cache", quantized)
    memory = find_memory(model)
    assert memory.own or not memory.cached


def test_a_cache_that_loses_rows_is_found_out(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where choosing rows goes wrong, the trial sees it in the logits and whole texts are fed instead."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(tiny_model), dtype=torch.float32).eval()
    monkeypatch.setattr("modelassay.sampling.memory_check.plain_attention", lambda _: False)
    assert find_memory(model).cached
    wrong = CachedRows.choose
    monkeypatch.setattr(
        CachedRows, "choose", lambda self, order, rows: wrong(self, order * 0, rows)
    )  # every row goes on from the first
    memory = find_memory(model)
    assert not memory.cached
    assert "cannot be divided into rows" in memory.note
